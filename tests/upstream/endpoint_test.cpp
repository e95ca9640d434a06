// Endpoints and the leases on them.
#include "upstream/endpoint.hpp"

#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"

namespace upstream_tests {
namespace {

using upstream::Lease;

const net::TimePoint now{std::chrono::hours(1)};

Lease taken(std::shared_ptr<upstream::Endpoint> endpoint) { return *Lease::take(std::move(endpoint), now); }

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
