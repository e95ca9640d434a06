// When probes are due.
#include "proxy/health/schedule.hpp"

#include <gtest/gtest.h>

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;
using proxy::health::first_probe;
using proxy::health::next_probe;
using proxy::health::put_off;

TEST(Schedule, SpreadsTheFirstProbesOverAnInterval) {
    EXPECT_EQ(first_probe(0, 4, 8s), 0s);
    EXPECT_EQ(first_probe(1, 4, 8s), 2s);
    EXPECT_EQ(first_probe(3, 4, 8s), 6s);
    EXPECT_EQ(first_probe(0, 1, 8s), 0s);
    EXPECT_LT(first_probe(9999, 10000, 8s), 8s);
}

TEST(Schedule, PutsOffWithinTheJitter) {
    EXPECT_EQ(put_off(0ms, 12345), 0ms);
    EXPECT_EQ(put_off(100ms, 100), 100ms);
    EXPECT_EQ(put_off(100ms, 101), 0ms);
    net::Duration least = 1h;
    net::Duration most{0};
    for (std::uint32_t random = 0; random < 1000; ++random) {
        least = std::min(least, put_off(37ms, random * 2654435761u));
        most = std::max(most, put_off(37ms, random * 2654435761u));
    }
    EXPECT_EQ(least, 0ms);
    EXPECT_EQ(most, 37ms);
}

TEST(Schedule, CountsTheIntervalFromTheBeginningOfAProbe) {
    const net::TimePoint begun{1h};
    EXPECT_EQ(next_probe(begun, begun + 1s, 5s), begun + 5s);
    EXPECT_EQ(next_probe(begun, begun + 7s, 5s), begun + 7s) << "a slow probe is followed by the next one at once";
}

}  // namespace
}  // namespace proxy_tests
