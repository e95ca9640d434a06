// Endpoints and the leases on them.
#include "upstream/endpoint.hpp"

#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"

namespace upstream_tests {
namespace {

using upstream::Lease;

const net::TimePoint now{std::chrono::hours(1)};

Lease taken(std::shared_ptr<upstream::Endpoint> endpoint) {
    return upstream_tests::taken(std::move(endpoint), now);
}

TEST(Endpoint, IsNamedAfterItsAddress) { EXPECT_EQ(make_endpoint(settings(1), 3)->name(), "127.0.0.1:7003"); }

TEST(Endpoint, IsEligibleAtTheBeginning) { EXPECT_TRUE(make_endpoint(settings(1), 0)->eligible(now)); }

TEST(Endpoint, IsNeverEligibleWhenMarkedDown) {
    config::Endpoint down = settings(1);
    down.down = true;
    EXPECT_FALSE(make_endpoint(down, 0)->eligible(now));
}

TEST(Endpoint, IsNotEligibleAfterItsFailures) {
    const auto endpoint = make_endpoint(settings(1), 0);
    endpoint->failed(now);
    EXPECT_FALSE(endpoint->eligible(now));
}

TEST(Endpoint, IsNeverEligibleWhileItDrains) {
    config::Endpoint draining = settings(1);
    draining.drain = true;
    EXPECT_FALSE(make_endpoint(draining, 0)->eligible(now));
}

TEST(Endpoint, IsFullAtItsMaxConnsUntilALeaseIsGivenBack) {
    using Obstacle = upstream::Endpoint::Obstacle;
    config::Endpoint two = settings(1);
    two.max_conns = 2;
    const auto endpoint = make_endpoint(two, 0);
    const Lease first = taken(endpoint);
    {
        const Lease second = taken(endpoint);
        EXPECT_EQ(endpoint->obstacle(now), Obstacle::full);
        EXPECT_FALSE(Lease::take(endpoint, now));
        EXPECT_EQ(endpoint->leases(), 2u);
    }
    EXPECT_EQ(endpoint->obstacle(now), Obstacle::none);
    EXPECT_TRUE(Lease::take(endpoint, now));
}

TEST(Endpoint, SharesItsPlacesWithThatOfAnotherConfiguration) {
    const auto live = std::make_shared<upstream::LivePool>();
    config::Endpoint line = settings(1);
    line.max_conns = 1;
    const Lease tunnel = taken(make_endpoint(line, 0, live));
    line.max_conns = 2;
    line.weight = 5;
    const auto reloaded = make_endpoint(line, 0, live);
    EXPECT_EQ(reloaded->leases(), 1u);
    const Lease second = taken(reloaded);
    EXPECT_FALSE(Lease::take(reloaded, now));
    EXPECT_EQ(live->leases(), 2u);
}

TEST(Endpoint, GrowsToItsWeightAfterAnOutage) {
    using std::chrono_literals::operator""s;
    config::Endpoint slow = settings(4);
    slow.slow_start = 10s;
    const auto endpoint = make_endpoint(slow, 0);
    EXPECT_EQ(endpoint->weight_at(now), 4);
    endpoint->failed(now);
    const net::TimePoint back = now + 11s;
    const Lease trial = *Lease::take(endpoint, back);
    endpoint->succeeded(back);
    EXPECT_NEAR(endpoint->weight_at(back), 0, 0.04);
    EXPECT_NEAR(endpoint->weight_at(back + 5s), 2, 0.04);
    EXPECT_EQ(endpoint->weight_at(back + 11s), 4);
}

TEST(Endpoint, StartsSlowlyWhenItJoinsAPoolAtWork) {
    config::Endpoint slow = settings(1);
    slow.slow_start = std::chrono::hours(1);
    const auto live = std::make_shared<upstream::LivePool>();
    const auto first = make_endpoint(slow, 0, live);
    live->start();
    const auto joining = make_endpoint(slow, 1, live);
    EXPECT_EQ(first->share(net::Clock::now()), 1);
    EXPECT_LT(joining->share(net::Clock::now()), 0.5);
}

TEST(Lease, IsCountedForAsLongAsItLives) {
    const auto endpoint = make_endpoint(settings(1), 0);
    EXPECT_EQ(endpoint->leases(), 0u);
    {
        const Lease first = taken(endpoint);
        const Lease second = taken(endpoint);
        EXPECT_EQ(endpoint->leases(), 2u);
    }
    EXPECT_EQ(endpoint->leases(), 0u);
}

TEST(Lease, IsCountedOnceWhenMoved) {
    const auto endpoint = make_endpoint(settings(1), 0);
    Lease first = taken(endpoint);
    const Lease second(std::move(first));
    EXPECT_EQ(endpoint->leases(), 1u);
    EXPECT_FALSE(first);  // NOLINT: the state after a move is what is tested
    EXPECT_TRUE(second);
}

TEST(Lease, GivesTheOldEndpointBackWhenATemporaryIsAssigned) {
    const auto old = make_endpoint(settings(1), 0);
    const auto next = make_endpoint(settings(1), 1);
    Lease lease = taken(old);
    lease = taken(next);
    EXPECT_EQ(old->leases(), 0u);
    EXPECT_EQ(next->leases(), 1u);
}

TEST(Lease, OnNothingCountsNothing) {
    const Lease none;
    EXPECT_FALSE(none);
}

TEST(Lease, KeepsItsEndpointAlive) {
    auto endpoint = make_endpoint(settings(1), 0);
    const std::weak_ptr<upstream::Endpoint> watch = endpoint;
    {
        const Lease lease = taken(std::move(endpoint));
        EXPECT_EQ(lease->name(), "127.0.0.1:7000");
        EXPECT_FALSE(watch.expired());
    }
    EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace upstream_tests
