// least_conn and least_time: the lowest score wins, and equal ones take turns.
#include "upstream/balancers/least.hpp"

#include <random>

#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using upstream::Averaging;
using upstream::Least;
using upstream::Lease;
using upstream::Measure;

const net::TimePoint now{1h};

// Leases on the endpoints, as many on each as is said.
std::vector<Lease> leases(const upstream::Endpoints& endpoints, const std::vector<unsigned>& counts) {
    std::vector<Lease> held;
    for (std::size_t i = 0; i < counts.size(); ++i)
        for (unsigned count = 0; count < counts[i]; ++count) held.push_back(taken(endpoints[i], now));
    return held;
}

struct Row {
    std::vector<unsigned> weights;
    std::vector<unsigned> leases;
    std::string picks;
};

TEST(LeastConn, PicksTheFewestLeasesForTheWeight) {
    const Row rows[] = {
        {{1, 1, 1}, {2, 1, 3}, "bbb"}, {{1, 1}, {0, 1}, "aaa"},       {{4, 1}, {3, 1}, "aaa"},
        {{4, 1}, {5, 1}, "bbb"},       {{1, 1, 1}, {1, 0, 0}, "bcb"}, {{2, 1}, {2, 1}, "aba"},
        {{1, 1, 1}, {0, 0, 0}, "abc"}, {{3, 1}, {0, 0}, "aabaaaba"},
    };
    for (const Row& row : rows) {
        const auto endpoints = make_endpoints(row.weights);
        const auto held = leases(endpoints, row.leases);
        Least<Measure::leases> balancer(endpoints, 0);
        EXPECT_EQ(picks(balancer, endpoints, row.picks.size(), now), row.picks);
    }
}

TEST(LeastConn, SpreadsTunnelsEvenlyWhileTheyLive) {
    const auto endpoints = make_endpoints({1, 2, 3});
    Least<Measure::leases> balancer(endpoints, 0);
    std::vector<Lease> tunnels;
    for (int i = 0; i < 600; ++i) tunnels.push_back(taken(balancer.next({}, now, {}), now));
    EXPECT_EQ(endpoints[0]->leases(), 100u);
    EXPECT_EQ(endpoints[1]->leases(), 200u);
    EXPECT_EQ(endpoints[2]->leases(), 300u);
}

TEST(LeastConn, PassesOverWhatIsTriedOrTakenOut) {
    const auto endpoints = make_endpoints({1, 1, 1});
    const auto held = leases(endpoints, {0, 1, 2});
    Least<Measure::leases> balancer(endpoints, 0);
    const upstream::Endpoints tried{endpoints[0]};
    EXPECT_EQ(picks(balancer, endpoints, 2, now, {}, tried), "bb");
    endpoints[1]->failed(now);
    EXPECT_EQ(picks(balancer, endpoints, 2, now, {}, tried), "cc");
    endpoints[2]->failed(now);
    EXPECT_EQ(picks(balancer, endpoints, 1, now, {}, tried), "-");
}

TEST(LeastConn, PicksNothingFromNothing) {
    Least<Measure::leases> balancer({}, 0);
    EXPECT_EQ(balancer.next({}, now, {}), nullptr);
}

// nginx knows no such thing under least_conn: there, an endpoint that returns empty gets everything.
TEST(LeastConn, DoesNotFloodAnEndpointThatStartsSlowly) {
    config::Endpoint slow = settings(1);
    slow.slow_start = 100s;
    const upstream::Endpoints endpoints{make_endpoint(slow, 0), make_endpoint(settings(1), 1)};
    Least<Measure::leases> balancer(endpoints, 0);
    endpoints[0]->failed(now);
    std::vector<Lease> tunnels = leases({endpoints[1]}, {1000});
    const net::TimePoint back = now + 11s;
    tunnels.push_back(taken(endpoints[0], back));  // the request that tries it again
    ASSERT_EQ(endpoints[0]->leases(), 1u);
    endpoints[0]->succeeded(back);
    for (const auto& [at, most] : {std::pair(1s, 12u), std::pair(10s, 120u), std::pair(50s, 600u)}) {
        for (int i = 0; i < 1000; ++i) {
            auto endpoint = balancer.next({}, back + at, {});
            if (endpoint == endpoints[1]) break;
            tunnels.push_back(taken(std::move(endpoint), back + at));
        }
        EXPECT_LE(endpoints[0]->leases(), most) << at.count() << " s after its return";
        EXPECT_GE(endpoints[0]->leases(), most / 2);
    }
}

// Large pools are scanned in runs: whole ones, and what a pool that endpoints have left is broken into.
template <Measure measure>
void expect_the_order_of_scores(bool broken) {
    std::minstd_rand random(1);
    upstream::Endpoints endpoints = make_endpoints(std::vector<unsigned>(200, 2));
    if (broken) std::erase_if(endpoints, [&](const auto&) { return random() % 40 == 0; });
    std::vector<Lease> held;
    for (const auto& endpoint : endpoints) {
        for (auto count = random() % 20; count > 0; --count) held.push_back(taken(endpoint, now));
        if (random() % 10 == 0) continue;
        upstream::observe(endpoint->load(), std::chrono::milliseconds(1 + random() % 50), now, Averaging::moving);
    }
    Least<measure> balancer(endpoints, 0);
    upstream::Endpoints tried;
    for (float last = 0; tried.size() < endpoints.size();) {
        tried.push_back(balancer.next({}, now, tried));
        ASSERT_TRUE(tried.back());
        const float score = upstream::score(*tried.back(), measure, now).cost;
        EXPECT_GE(score, last);
        last = score;
    }
    EXPECT_FALSE(balancer.next({}, now, tried));
}

TEST(Least, PicksAllOfALargePoolInTheOrderOfTheirScores) {
    for (const bool broken : {false, true}) {
        expect_the_order_of_scores<Measure::leases>(broken);
        expect_the_order_of_scores<Measure::latency>(broken);
    }
}

class LeastTime : public testing::Test {
  protected:
    upstream::Endpoints endpoints = make_endpoints({1, 1, 1});
    Least<Measure::latency> balancer{endpoints, 0};

    void answers(std::size_t index, std::chrono::milliseconds taken) {
        upstream::observe(endpoints[index]->load(), taken, now, Averaging::moving);
    }
};

TEST_F(LeastTime, PicksTheFastest) {
    answers(0, 30ms);
    answers(1, 10ms);
    answers(2, 20ms);
    EXPECT_EQ(picks(balancer, endpoints, 3, now), "bbb");
}

TEST_F(LeastTime, WeighsTheLeasesThatAnEndpointHas) {
    answers(0, 30ms);
    answers(1, 10ms);
    answers(2, 50ms);
    const auto held = leases(endpoints, {0, 3, 0});  // 40 against 30 and 50
    EXPECT_EQ(picks(balancer, endpoints, 2, now), "aa");
}

TEST_F(LeastTime, GivesAnEndpointThatHasNotAnsweredYetOneRequestAtOnce) {
    answers(0, 30ms);
    answers(1, 10ms);
    ASSERT_EQ(picks(balancer, endpoints, 1, now), "c");
    const Lease first = taken(endpoints[2], now);
    EXPECT_EQ(picks(balancer, endpoints, 2, now), "bb");
}

TEST_F(LeastTime, TriesASlowEndpointAgainInTheEnd) {
    answers(0, 1000ms);
    answers(1, 100ms);
    answers(2, 100ms);
    EXPECT_EQ(picks(balancer, endpoints, 1, now), "b");
    const net::TimePoint later = now + 1min;
    for (const std::size_t busy : {1, 2})
        upstream::observe(endpoints[busy]->load(), 100ms, later, Averaging::moving);
    EXPECT_EQ(picks(balancer, endpoints, 1, later), "a");
}

}  // namespace
}  // namespace upstream_tests
