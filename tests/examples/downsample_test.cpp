// LTTB: size, ends, order, and that peaks survive.
#include "trend/downsample.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace {

using trend::Sample;
using trend::Samples;

Samples wave(std::size_t count) {
    Samples samples;
    for (std::size_t i = 0; i < count; ++i) {
        const auto time = static_cast<double>(i);
        samples.push_back({time, static_cast<float>(std::sin(time / 50))});
    }
    return samples;
}

TEST(Downsample, GivesExactlyAsManyPointsInOrderWithBothEnds) {
    for (const std::size_t size : {3u, 10u, 1000u, 99'991u}) {
        const auto samples = wave(size);
        for (const std::size_t points : {2u, 3u, 4u, 7u, 100u, 999u}) {
            if (points >= size) continue;
            const auto chosen = trend::downsample(samples, points);
            ASSERT_EQ(chosen.size(), points) << size;
            EXPECT_EQ(chosen.front(), samples.front());
            EXPECT_EQ(chosen.back(), samples.back());
            EXPECT_TRUE(std::is_sorted(chosen.begin(), chosen.end(),
                                       [](const Sample& a, const Sample& b) { return a.time < b.time; }));
        }
    }
}

TEST(Downsample, GivesEverythingWhereThatIsNotMoreThanAskedFor) {
    const auto samples = wave(10);
    for (const std::size_t points : {10u, 11u, 1000u}) {
        const auto chosen = trend::downsample(samples, points);
        EXPECT_TRUE(std::equal(chosen.begin(), chosen.end(), samples.begin(), samples.end()));
    }
    EXPECT_TRUE(trend::downsample({}, 5).empty());
}

TEST(Downsample, GivesFewPointsWhereFewAreAskedFor) {
    EXPECT_TRUE(trend::downsample(wave(10), 0).empty());
    EXPECT_EQ(trend::downsample(wave(10), 1), (std::vector<Sample>{{0, 0}}));
}

TEST(Downsample, KeepsASinglePeakAmongManyPoints) {
    auto samples = wave(200'000);
    samples[123'456].value = 1000;
    const auto chosen = trend::downsample(samples, 50);
    EXPECT_TRUE(std::find(chosen.begin(), chosen.end(), samples[123'456]) != chosen.end());
}

TEST(Downsample, ChoosesTheLargestTriangle) {
    // Three buckets of two between the ends; the expected choice follows from the areas by hand.
    const Samples samples = {{0, 0}, {1, 0}, {2, 5}, {3, 1}, {4, -4}, {5, 0}, {6, 3}, {7, 0}};
    EXPECT_EQ(trend::downsample(samples, 5), (std::vector<Sample>{{0, 0}, {2, 5}, {4, -4}, {6, 3}, {7, 0}}));
}

}  // namespace
