// random: by weight, and the better one of two.
#include "upstream/balancers/random.hpp"

#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"

namespace upstream_tests {
namespace {

using upstream::Measure;
using upstream::RandomOne;
using upstream::RandomTwo;

const net::TimePoint now{std::chrono::hours(1)};

// Numbers 0, 1, 2 and so on, so that places come one after the other.
std::uint64_t counter = 0;
std::uint64_t count_up() { return counter++; }

class RandomBalancer : public testing::Test {
  protected:
    RandomBalancer() { counter = 0; }
};

TEST_F(RandomBalancer, GivesEachEndpointThePlacesOfItsWeight) {
    const auto endpoints = make_endpoints({1, 3, 2});
    RandomOne balancer(endpoints, 0, &count_up);
    EXPECT_EQ(picks(balancer, endpoints, 12, now), "abbbccabbbcc");
}

TEST_F(RandomBalancer, DrawsAgainForWhatCannotBePicked) {
    const auto endpoints = make_endpoints({1, 1, 1});
    endpoints[1]->failed(now);
    RandomOne balancer(endpoints, 0, &count_up);
    EXPECT_EQ(picks(balancer, endpoints, 4, now), "acac");
}

TEST_F(RandomBalancer, FindsWhoeverIsLeftAfterDrawingInVain) {
    const auto endpoints = make_endpoints({1000, 1});
    endpoints[0]->failed(now);
    RandomOne one(endpoints, 0, &count_up);
    EXPECT_EQ(picks(one, endpoints, 1, now), "b");
    RandomTwo two(endpoints, 0, Measure::leases, &count_up);
    EXPECT_EQ(picks(two, endpoints, 1, now), "b");
}

// Otherwise one of those left would get whatever the first does not, where endpoints change often.
TEST_F(RandomBalancer, BeginsTheTurnsWhereItIsTold) {
    const auto always_the_first = [] { return std::uint64_t{0}; };
    const auto endpoints = make_endpoints({1, 1, 1});
    endpoints[0]->failed(now);
    for (const auto& [first_turn, expected] : {std::pair(0u, "bcb"), std::pair(2u, "cbc")}) {
        RandomOne one(endpoints, first_turn, always_the_first);
        EXPECT_EQ(picks(one, endpoints, 3, now), expected);
        RandomTwo two(endpoints, first_turn, Measure::leases, always_the_first);
        EXPECT_EQ(picks(two, endpoints, 3, now), expected);
    }
}

TEST_F(RandomBalancer, TakesTheLessLoadedOfTwo) {
    const auto endpoints = make_endpoints({1, 1, 1});
    const auto first = taken(endpoints[0], now);
    const auto second = taken(endpoints[1], now);
    const auto third = taken(endpoints[1], now);
    RandomTwo balancer(endpoints, 0, Measure::leases, &count_up);
    EXPECT_EQ(picks(balancer, endpoints, 3, now), "acc");  // of a and b, of c and a, of b and c
}

TEST_F(RandomBalancer, TwoAreNeverTheSame) {
    const auto endpoints = make_endpoints({5, 1});
    const auto held = taken(endpoints[0], now);
    RandomTwo balancer(endpoints, 0, Measure::leases, &count_up);
    EXPECT_EQ(picks(balancer, endpoints, 6, now), "bbbbbb");
}

TEST_F(RandomBalancer, PicksNothingFromNothingAndWhenAllAreDown) {
    RandomOne nobody({}, 0);
    EXPECT_EQ(nobody.next({}, now, {}), nullptr);
    const auto endpoints = make_endpoints({1, 1});
    for (const auto& endpoint : endpoints) endpoint->failed(now);
    RandomTwo balancer(endpoints, 0, Measure::leases, &count_up);
    EXPECT_EQ(picks(balancer, endpoints, 1, now), "-");
}

// By chance, and still certain: the probability that this fails is less than one in a billion.
TEST_F(RandomBalancer, TheSystemsNumbersSpreadByWeight) {
    const auto endpoints = make_endpoints({1, 3});
    RandomOne balancer(endpoints, 0);
    const std::string letters = picks(balancer, endpoints, 10'000, now);
    EXPECT_NEAR(static_cast<double>(std::count(letters.begin(), letters.end(), 'b')), 7500, 270);
}

}  // namespace
}  // namespace upstream_tests
