// So many events in a time: the bound holds in every stretch of time, and over threads.
#include "upstream/admission/pace.hpp"

#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using upstream::Pace;
using upstream::PaceLimit;

constexpr net::TimePoint start{1h};

bool takes(Pace& pace, net::TimePoint now, PaceLimit limit) { return !pace.take(now, limit); }

unsigned taken_at(Pace& pace, net::TimePoint now, PaceLimit limit) {
    unsigned count = 0;
    while (takes(pace, now, limit)) ++count;
    return count;
}

TEST(Pace, GivesABurstAtOnceAndThenOneForEachSpacing) {
    Pace pace;
    const PaceLimit limit{10ms, 5};
    EXPECT_EQ(taken_at(pace, start, limit), 5u);
    EXPECT_EQ(taken_at(pace, start + 9ms, limit), 0u);
    EXPECT_EQ(taken_at(pace, start + 10ms, limit), 1u);
    EXPECT_EQ(taken_at(pace, start + 39ms, limit), 2u);
    EXPECT_EQ(taken_at(pace, start + 40ms, limit), 1u);
}

TEST(Pace, SaysExactlyWhenToAskAgain) {
    Pace pace;
    const PaceLimit limit{10ms, 2};
    taken_at(pace, start, limit);
    for (net::TimePoint now = start; now < start + 1s;) {
        const auto when = pace.take(now, limit);
        ASSERT_TRUE(when);
        EXPECT_FALSE(takes(pace, *when - 1ns, limit));
        EXPECT_TRUE(takes(pace, *when, limit));
        EXPECT_EQ(*when - now, 10ms);
        now = *when;
    }
}

TEST(Pace, LookingCountsNothing) {
    Pace pace;
    const PaceLimit limit{10ms, 1};
    EXPECT_FALSE(pace.next(start, limit));
    EXPECT_EQ(taken_at(pace, start, limit), 1u);
    EXPECT_EQ(pace.next(start, limit), start + 10ms);
    EXPECT_FALSE(pace.next(start + 10ms, limit));
}

TEST(Pace, AQuietTimeSavesNoMoreThanABurst) {
    Pace pace;
    const PaceLimit limit{10ms, 3};
    taken_at(pace, start, limit);
    EXPECT_EQ(taken_at(pace, start + 24h, limit), 3u);
}

TEST(Pace, FollowsALimitThatAReloadHasChanged) {
    Pace pace;
    taken_at(pace, start, {10ms, 1});
    EXPECT_EQ(taken_at(pace, start, {10ms, 4}), 3u);
    EXPECT_EQ(taken_at(pace, start + 1ms, {1ms, 1}), 0u);  // what was given is not forgotten
    EXPECT_EQ(taken_at(pace, start + 40ms, {1ms, 1}), 1u);
}

TEST(Pace, OwesAFasterLimitNoMoreThanItsBurst) {
    Pace pace;
    taken_at(pace, start, {2s, 100});
    const PaceLimit faster{1ms, 5};
    pace.change_to(faster, start);
    EXPECT_EQ(pace.next(start, faster), start + 1ms);
    EXPECT_EQ(taken_at(pace, start + 5ms, faster), 5u);
}

TEST(Pace, AChangeForgivesNoneOfWhatTheNewLimitCounts) {
    Pace pace;
    const PaceLimit limit{10ms, 5};
    taken_at(pace, start, limit);
    pace.change_to(limit, start);
    EXPECT_EQ(pace.next(start, limit), start + 10ms);
    pace.change_to({20ms, 5}, start);
    EXPECT_EQ(taken_at(pace, start, {20ms, 5}), 2u);  // 50 ms are owed, of a burst of 100
}

TEST(Pace, HoldsItsBoundInEveryStretchOfTime) {
    std::mt19937 random(1);
    for (int round = 0; round < 20; ++round) {
        const PaceLimit limit{std::chrono::microseconds(1 + random() % 5000), 1 + static_cast<unsigned>(random() % 20)};
        Pace pace;
        std::vector<net::TimePoint> taken;
        for (net::TimePoint now = start; now < start + 1s; now += std::chrono::microseconds(random() % 3000))
            if (takes(pace, now, limit)) taken.push_back(now);
        for (std::size_t first = 0; first < taken.size(); ++first)
            for (std::size_t last = first; last < taken.size(); ++last) {
                const auto most = limit.burst + static_cast<std::size_t>((taken[last] - taken[first]) / limit.spacing);
                ASSERT_LE(last - first + 1, most);
            }
    }
}

TEST(Pace, IsExactOverThreads) {
    Pace pace;
    const PaceLimit limit{1ms, 1000};
    std::atomic<unsigned> taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int asked = 0; asked < 1000; ++asked)
                if (takes(pace, start, limit)) ++taken;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(taken, 1000u);
}

}  // namespace
}  // namespace upstream_tests
