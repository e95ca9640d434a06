// The smooth cycle, and the walk along it by one worker and by many.
#include "upstream/balancers/round_robin.hpp"

#include <atomic>
#include <map>
#include <numeric>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"

namespace upstream_tests {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using upstream::RoundRobin;
using upstream::smooth_cycle;

const net::TimePoint now{std::chrono::hours(1)};

std::vector<std::size_t> turns(RoundRobin& balancer, const upstream::Endpoints& all, std::size_t count,
                               upstream::Tried tried = {}) {
    std::vector<std::size_t> picked;
    for (std::size_t i = 0; i < count; ++i) picked.push_back(index_of(all, balancer.next({}, now, tried).get()));
    return picked;
}

// The algorithm as nginx's documentation of the change that brought it tells it: a a b a c a a.
TEST(SmoothCycle, IsThatOfNginx) {
    EXPECT_THAT(smooth_cycle({5, 1, 1}), ElementsAre(0, 0, 1, 0, 2, 0, 0));
    EXPECT_THAT(smooth_cycle({1, 1, 1}), ElementsAre(0, 1, 2));
    EXPECT_THAT(smooth_cycle({2, 1}), ElementsAre(0, 1, 0));
    EXPECT_THAT(smooth_cycle({1, 2}), ElementsAre(1, 0, 1));
    EXPECT_THAT(smooth_cycle({3, 2, 1}), ElementsAre(0, 1, 0, 2, 1, 0));
    EXPECT_THAT(smooth_cycle({1}), ElementsAre(0));
}

TEST(SmoothCycle, OfNothingIsEmpty) { EXPECT_THAT(smooth_cycle({}), IsEmpty()); }

TEST(SmoothCycle, IsAsShortAsTheWeightsAllow) {
    EXPECT_THAT(smooth_cycle({100, 100, 100}), ElementsAre(0, 1, 2));
    EXPECT_THAT(smooth_cycle({10, 2, 2}), ElementsAre(0, 0, 1, 0, 2, 0, 0));
}

TEST(SmoothCycle, HoldsEachEndpointAsOftenAsItsWeightSays) {
    for (unsigned a = 1; a <= 9; ++a)
        for (unsigned b = 1; b <= 9; ++b)
            for (unsigned c = 1; c <= 9; ++c) {
                const unsigned divisor = std::gcd(std::gcd(a, b), c);
                const auto cycle = smooth_cycle({a, b, c});
                ASSERT_EQ(cycle.size(), (a + b + c) / divisor);
                EXPECT_EQ(std::count(cycle.begin(), cycle.end(), 0u), a / divisor);
                EXPECT_EQ(std::count(cycle.begin(), cycle.end(), 1u), b / divisor);
                EXPECT_EQ(std::count(cycle.begin(), cycle.end(), 2u), c / divisor);
            }
}

TEST(SmoothCycle, SpreadsEachEndpointEvenly) {
    // In every stretch of the cycle an endpoint stands within one place of its share.
    const std::vector<unsigned> weights{7, 3, 2, 1};
    const auto cycle = smooth_cycle(weights);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        double stood = 0;
        for (std::size_t place = 0; place < cycle.size(); ++place) {
            stood += cycle[place] == i ? 1 : 0;
            EXPECT_LE(std::abs(stood - static_cast<double>((place + 1) * weights[i]) / 13), 1.0);
        }
    }
}

TEST(SmoothCycle, OfALargePoolIsEvenToo) {
    std::vector<unsigned> weights;
    for (unsigned i = 0; i < 1000; ++i) weights.push_back(1 + i % 10);
    const auto cycle = smooth_cycle(weights);
    ASSERT_EQ(cycle.size(), 5500u);
    for (std::size_t i = 0; i < 10; ++i) {
        double stood = 0;
        for (std::size_t place = 0; place < cycle.size(); ++place) {
            stood += cycle[place] == i ? 1 : 0;
            EXPECT_LE(std::abs(stood - static_cast<double>((place + 1) * weights[i]) / 5500), 1.0);
        }
    }
}

TEST(SmoothCycle, StaysBoundedWithHugeWeightsAndForgetsNobody) {
    const auto cycle = smooth_cycle({1'000'000'000, 999'999'999, 1});
    EXPECT_LE(cycle.size(), 65536u + 3u);
    EXPECT_EQ(std::count(cycle.begin(), cycle.end(), 2u), 1);
    const auto first = std::count(cycle.begin(), cycle.end(), 0u);
    const auto second = std::count(cycle.begin(), cycle.end(), 1u);
    EXPECT_NEAR(static_cast<double>(first), static_cast<double>(second), 2.0);
}

TEST(RoundRobinBalancer, TakesTurns) {
    const auto endpoints = make_endpoints({1, 1, 1});
    RoundRobin balancer(endpoints, 0);
    EXPECT_THAT(turns(balancer, endpoints, 7), ElementsAre(0, 1, 2, 0, 1, 2, 0));
}

TEST(RoundRobinBalancer, FollowsTheWeights) {
    const auto endpoints = make_endpoints({5, 1, 1});
    RoundRobin balancer(endpoints, 0);
    EXPECT_THAT(turns(balancer, endpoints, 8), ElementsAre(0, 0, 1, 0, 2, 0, 0, 0));
}

TEST(RoundRobinBalancer, GivesNothingFromAnEmptyPool) {
    RoundRobin balancer({}, 0);
    EXPECT_EQ(balancer.next({}, now, {}), nullptr);
}

TEST(RoundRobinBalancer, SkipsAnEndpointThatIsDown) {
    auto endpoints = make_endpoints({1, 1, 1});
    config::Endpoint down = settings(1);
    down.down = true;
    endpoints[1] = make_endpoint(down, 1);
    RoundRobin balancer(endpoints, 0);
    EXPECT_THAT(turns(balancer, endpoints, 4), ElementsAre(0, 2, 0, 2));
}

TEST(RoundRobinBalancer, SkipsAnEndpointThatHasFailed) {
    const auto endpoints = make_endpoints({1, 1, 1});
    endpoints[0]->failed(now);
    RoundRobin balancer(endpoints, 0);
    EXPECT_THAT(turns(balancer, endpoints, 4), ElementsAre(1, 2, 1, 2));
}

TEST(RoundRobinBalancer, SkipsWhatTheRequestHasTried) {
    const auto endpoints = make_endpoints({1, 1, 1});
    RoundRobin balancer(endpoints, 0);
    const upstream::Endpoints tried{endpoints[0], endpoints[1]};
    EXPECT_THAT(turns(balancer, endpoints, 3, tried), Each(2u));
}

TEST(RoundRobinBalancer, GivesNothingWhenAllAreDown) {
    config::Endpoint down = settings(1);
    down.down = true;
    RoundRobin balancer({make_endpoint(down, 0), make_endpoint(down, 1)}, 0);
    EXPECT_EQ(balancer.next({}, now, {}), nullptr);
}

TEST(RoundRobinBalancer, GivesNothingWhenAllWereTried) {
    const auto endpoints = make_endpoints({3, 1});
    RoundRobin balancer(endpoints, 0);
    const upstream::Endpoints tried{endpoints[0], endpoints[1]};
    EXPECT_EQ(balancer.next({}, now, tried), nullptr);
}

TEST(RoundRobinBalancer, GivesAnEndpointThatStartsSlowlyItsShareOfTheTurns) {
    using std::chrono_literals::operator""s;
    config::Endpoint slow = settings(1);
    slow.slow_start = 100s;
    const upstream::Endpoints endpoints{make_endpoint(slow, 0), make_endpoint(settings(1), 1)};
    endpoints[0]->failed(now);
    const net::TimePoint back = now + 11s;
    const auto trial = taken(endpoints[0], back);
    endpoints[0]->succeeded(back);
    RoundRobin balancer(endpoints, 0);
    for (const int percent : {10, 50, 90}) {
        const std::string letters = picks(balancer, endpoints, 2000, back + std::chrono::seconds(percent));
        const auto slow_turns = static_cast<double>(std::count(letters.begin(), letters.end(), 'a'));
        EXPECT_NEAR(slow_turns / (2000 - slow_turns), percent / 100.0, 0.03);
    }
}

TEST(RoundRobinBalancer, PicksWhatStartsSlowlyRatherThanNothing) {
    using std::chrono_literals::operator""s;
    config::Endpoint slow = settings(1);
    slow.slow_start = 100s;
    const upstream::Endpoints endpoints{make_endpoint(slow, 0)};
    endpoints[0]->failed(now);
    const auto trial = taken(endpoints[0], now + 11s);
    endpoints[0]->succeeded(now + 11s);
    RoundRobin balancer(endpoints, 0);
    EXPECT_EQ(picks(balancer, endpoints, 3, now + 11s), "aaa");
}

// Every worker runs this at the same time.
template <typename Function>
void on_threads(unsigned count, Function function) {
    std::atomic<bool> go{false};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < count; ++i)
        threads.emplace_back([&] {
            while (!go) std::this_thread::yield();
            function();
        });
    go = true;
    for (std::thread& thread : threads) thread.join();
}

TEST(RoundRobinBalancer, IsExactOverAllWorkers) {
    const auto endpoints = make_endpoints({5, 2, 1});
    RoundRobin balancer(endpoints, 0);
    std::array<std::atomic<unsigned>, 3> counts{};
    on_threads(8, [&] {
        for (int i = 0; i < 10'000; ++i) ++counts[index_of(endpoints, balancer.next({}, now, {}).get())];
    });
    EXPECT_EQ(counts[0], 50'000u);
    EXPECT_EQ(counts[1], 20'000u);
    EXPECT_EQ(counts[2], 10'000u);
}

// Several workers walking the cycle at once take places out of each other's way; none may conclude from the places
// it happened to see that nobody is left.
TEST(RoundRobinBalancer, FindsTheOneLiveEndpointWhateverTheOtherWorkersDo) {
    auto endpoints = make_endpoints({1, 1});
    const upstream::Endpoints tried{endpoints[0]};
    RoundRobin balancer(endpoints, 0);
    std::atomic<unsigned> missed{0};
    on_threads(8, [&] {
        for (int i = 0; i < 50'000; ++i) missed += balancer.next({}, now, tried) == nullptr ? 1u : 0u;
    });
    EXPECT_EQ(missed, 0u);
}

}  // namespace
}  // namespace upstream_tests
