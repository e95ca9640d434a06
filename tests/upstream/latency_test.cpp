// The averages behind least_time.
#include "upstream/latency.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using upstream::Averaging;
using upstream::coarse;
using upstream::Latency;
using upstream::renewed;

const net::TimePoint now{1h};

TEST(Latency, SurvivesPacking) {
    const Latency before{12.5F, 0xFEDCBA98};
    const Latency after = Latency::unpacked(before.packed());
    EXPECT_EQ(after.milliseconds, before.milliseconds);
    EXPECT_EQ(after.observed, before.observed);
}

TEST(Latency, BeginsWithTheFirstObservation) {
    for (const auto averaging : {Averaging::moving, Averaging::peak})
        EXPECT_EQ(renewed({}, 40ms, now, averaging).milliseconds, 40);
}

TEST(Latency, MovesByAnEighthOfTheDifference) {
    const Latency first = renewed({}, 40ms, now, Averaging::moving);
    EXPECT_EQ(renewed(first, 80ms, now, Averaging::moving).milliseconds, 45);
    EXPECT_EQ(renewed(first, 0ms, now, Averaging::moving).milliseconds, 40 + (0.01F - 40) / 8);
}

TEST(Latency, HalvesInEightSecondsAndFadesSteadily) {
    const Latency latency = renewed({}, 64ms, now, Averaging::moving);
    EXPECT_EQ(latency.at(coarse(now)), 64);
    EXPECT_EQ(latency.at(coarse(now + 8192ms)), 32);
    EXPECT_EQ(latency.at(coarse(now + 16384ms)), 16);
    EXPECT_EQ(latency.at(coarse(now + 24h)), 0);
    float last = 64;
    for (auto age = 64ms; age < 60s; age += 64ms) {
        const float left = latency.at(coarse(now + age));
        EXPECT_LT(left, last);
        EXPECT_NEAR(left, 64 * std::exp2(-static_cast<float>(age.count()) / 8192), 64 * 0.061);
        last = left;
    }
}

TEST(Latency, IsWholeForAWorkerWhoseClockIsBehind) {
    const Latency latency = renewed({}, 64ms, now + 64ms, Averaging::moving);
    EXPECT_EQ(latency.at(coarse(now)), 64);
}

TEST(Latency, APeakCountsAtOnce) {
    const Latency calm = renewed({}, 10ms, now, Averaging::peak);
    EXPECT_EQ(renewed(calm, 500ms, now, Averaging::peak).milliseconds, 500);
}

TEST(Latency, APeakIsForgottenSlowly) {
    const Latency peak = renewed({}, 512ms, now, Averaging::peak);
    EXPECT_EQ(renewed(peak, 8ms, now, Averaging::peak).milliseconds, 512);
    EXPECT_EQ(renewed(peak, 8ms, now + 8192ms, Averaging::peak).milliseconds, 256 + 4);
}

TEST(CoarseTime, IsNeverTheOneThatStandsForNever) {
    EXPECT_NE(upstream::coarse(net::TimePoint{}), 0u);
    EXPECT_EQ(upstream::since(upstream::coarse(now), now + 640ms), 640ms);
}

}  // namespace
}  // namespace upstream_tests
