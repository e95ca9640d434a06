// Idle connections to endpoints: which one is given, and which are closed.
#include "upstream/connect/keepalive.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/net/stream_fixture.hpp"
#include "tests/upstream/endpoints.hpp"
#include "upstream/connect/tls_client.hpp"

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using upstream::Destination;
using upstream::UpstreamConnection;

class KeptConnections : public testing::Test {
  protected:
    std::shared_ptr<upstream::Pool> make_pool(const config::KeepAlive& keepalive = {}) {
        config::Upstream settings;
        settings.keepalive = keepalive;
        auto made = std::make_shared<upstream::Pool>(settings, std::vector{loop.executor()},
                                                     std::make_shared<upstream::LivePool>());
        made->start_with(endpoints);
        return made;
    }

    void configure(unsigned connections, unsigned requests = 1000) {
        config::KeepAlive keepalive;
        keepalive.connections = connections;
        keepalive.requests = requests;
        pool = make_pool(keepalive);
    }

    Destination to(std::size_t endpoint, std::uint64_t location = 1) const {
        return {endpoints[endpoint]->address(), location, nullptr, {}};
    }

    UpstreamConnection open() {
        auto [near, far] = loop.stream();
        far_ends.push_back(std::move(far));
        return {std::move(near), loop.deadlines().now()};
    }

    void keep(const Destination& destination) { kept.keep(pool, destination, open()); }

    bool closed(std::size_t connection) {
        far_ends[connection].receive();
        return far_ends[connection].ended();
    }

    // The connection that is given, by the order in which they were opened.
    std::optional<std::size_t> take(const Destination& destination) {
        auto taken = kept.take(pool, destination);
        if (!taken) return std::nullopt;
        taken->stream->close();
        for (std::size_t i = 0; i < far_ends.size(); ++i) {
            if (gone.contains(i) || !closed(i)) continue;
            gone.insert(i);
            return i;
        }
        return std::nullopt;
    }

    net_tests::Loop loop;
    upstream::Endpoints endpoints = make_endpoints({1, 1});
    std::shared_ptr<upstream::Pool> pool = make_pool();
    std::vector<net_tests::Peer> far_ends;
    std::set<std::size_t> gone;
    upstream::KeptConnections kept{0, loop.deadlines()};
};

TEST_F(KeptConnections, GivesTheOneUsedLast) {
    for (int i = 0; i < 3; ++i) keep(to(0));
    EXPECT_EQ(take(to(0)), 2u);
    EXPECT_EQ(take(to(0)), 1u);
    EXPECT_EQ(take(to(0)), 0u);
    EXPECT_EQ(take(to(0)), std::nullopt);
}

TEST_F(KeptConnections, GivesNoneThatLeadsElsewhere) {
    const auto tls = *upstream::TlsClient::make({});
    const Destination one{endpoints[0]->address(), 1, tls, "name"};
    const Destination others[] = {{endpoints[1]->address(), 1, tls, "name"},
                                  {endpoints[0]->address(), 2, tls, "name"},
                                  {endpoints[0]->address(), 0, tls, "name"},
                                  {endpoints[0]->address(), 1, *upstream::TlsClient::make({}), "name"},
                                  {endpoints[0]->address(), 1, nullptr, "name"},
                                  {endpoints[0]->address(), 1, tls, "other"}};
    keep(one);
    for (const Destination& other : others) EXPECT_EQ(take(other), std::nullopt);
    EXPECT_FALSE(kept.take(make_pool(), one));
    EXPECT_EQ(take(one), 0u);
}

TEST_F(KeptConnections, TheLongestIdleMakesRoom) {
    configure(2);
    for (int i = 0; i < 3; ++i) keep(to(0));
    EXPECT_TRUE(closed(0));
    EXPECT_EQ(kept.size(), 2u);
}

TEST_F(KeptConnections, NoneIsKeptWhereTheNumberIsZero) {
    configure(0);
    keep(to(0));
    EXPECT_TRUE(closed(0));
}

TEST_F(KeptConnections, RequestsAreCounted) {
    configure(8, 2);
    keep(to(0));
    auto taken = kept.take(pool, to(0));
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->requests, 1u);
    kept.keep(pool, to(0), std::move(*taken));
    EXPECT_TRUE(closed(0));
}

TEST_F(KeptConnections, AnOldOneIsNotKeptAgain) {
    auto first = open();
    auto second = open();
    loop.clock().advance(1h);
    kept.keep(pool, to(0), std::move(first));
    EXPECT_FALSE(closed(0));
    loop.clock().advance(1ms);
    kept.keep(pool, to(0), std::move(second));
    EXPECT_TRUE(closed(1));
}

TEST_F(KeptConnections, IdleOnesAreClosedInTime) {
    keep(to(0));
    for (int second = 0; second < 59; ++second) loop.expire(1s);
    EXPECT_FALSE(closed(0));
    loop.expire(1s);
    EXPECT_TRUE(closed(0));
}

TEST_F(KeptConnections, OneThatHasBeenIdleForTooLongIsNotGiven) {
    keep(to(0));
    loop.clock().advance(60s);  // before the look that would find it
    EXPECT_EQ(take(to(0)), std::nullopt);
    EXPECT_TRUE(closed(0));
}

TEST_F(KeptConnections, OneThatTheUpstreamHasEndedIsNotGiven) {
    keep(to(0));
    keep(to(0));
    far_ends[1].close();
    EXPECT_EQ(kept.take(pool, to(0))->requests, 1u);
    EXPECT_EQ(kept.size(), 0u);
}

TEST_F(KeptConnections, OneWithUnaskedBytesIsNotGiven) {
    keep(to(0));
    far_ends[0].send("HTTP/1.1 408 Request Timeout\r\n\r\n");
    EXPECT_FALSE(kept.take(pool, to(0)));
    EXPECT_TRUE(closed(0));
}

TEST_F(KeptConnections, OnesThatAreNotFitAreClosedWithoutBeingAskedFor) {
    keep(to(0));
    keep(to(0));
    keep(to(0));
    far_ends[0].shutdown_write();
    far_ends[1].send("x");
    loop.expire(1s);
    EXPECT_TRUE(closed(0));
    EXPECT_TRUE(closed(1));
    EXPECT_EQ(kept.size(), 1u);
}

TEST_F(KeptConnections, AnEndpointThatLeavesThePoolLosesIts) {
    keep(to(0));
    keep(to(1));
    pool->publish(pool, {endpoints[1]});
    loop.turn();
    loop.expire(1s);
    EXPECT_TRUE(closed(0));
    EXPECT_FALSE(closed(1));
}

TEST_F(KeptConnections, APoolThatGoesLosesAll) {
    keep(to(0));
    pool.reset();
    loop.expire(1s);
    EXPECT_TRUE(closed(0));
    EXPECT_EQ(kept.size(), 0u);
}

TEST_F(KeptConnections, ClearClosesAllAndStopKeepsNoneAfterwards) {
    keep(to(0));
    kept.clear();
    EXPECT_TRUE(closed(0));
    keep(to(0));
    EXPECT_FALSE(closed(1));
    kept.stop();
    EXPECT_TRUE(closed(1));
    keep(to(0));
    EXPECT_TRUE(closed(2));
}

TEST_F(KeptConnections, NothingWakesTheWorkerWhileNoneIsIdle) {
    keep(to(0));
    EXPECT_NE(loop.deadlines().earliest(), net::TimePoint::max());
    EXPECT_EQ(take(to(0)), 0u);
    loop.expire(1s);
    EXPECT_EQ(loop.deadlines().earliest(), net::TimePoint::max());
}

}  // namespace
}  // namespace upstream_tests
