// The table of learned sessions: bounded in number and time.
#include "upstream/affinity/sessions.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "upstream/affinity/session_hold.hpp"

namespace upstream_tests {
namespace {

using upstream::Mark;
using upstream::SessionLimits;
using std::chrono_literals::operator""s;

const net::TimePoint start{std::chrono::hours(1)};
constexpr SessionLimits limits{3, 10s};

Mark mark(unsigned number) { return upstream::MarkKey("key").mark(std::to_string(number)); }

const Mark left = mark(1000);
const Mark right = mark(1001);

TEST(Sessions, ForgetsNothingThatIsInUse) {
    upstream::Sessions sessions;
    EXPECT_FALSE(sessions.find(mark(1), start, limits));
    sessions.learn(mark(1), left, start, limits);
    for (int seconds = 0; seconds < 100; seconds += 9)
        EXPECT_EQ(sessions.find(mark(1), start + std::chrono::seconds(seconds), limits), left);
}

TEST(Sessions, ForgetsWhatNobodyHasAskedFor) {
    upstream::Sessions sessions;
    sessions.learn(mark(1), left, start, limits);
    EXPECT_FALSE(sessions.find(mark(1), start + 10s, limits));
    EXPECT_EQ(sessions.size(), 0u);
}

TEST(Sessions, MovesASession) {
    upstream::Sessions sessions;
    sessions.learn(mark(1), left, start, limits);
    sessions.learn(mark(1), right, start, limits);
    EXPECT_EQ(sessions.find(mark(1), start, limits), right);
    sessions.refresh(mark(1), left, start, limits);
    EXPECT_EQ(sessions.find(mark(1), start, limits), left);
    EXPECT_EQ(sessions.size(), 1u);
}

TEST(Sessions, RefreshesOnlyWhatItKnows) {
    upstream::Sessions sessions;
    sessions.refresh(mark(1), left, start, limits);
    EXPECT_FALSE(sessions.find(mark(1), start, limits));
}

TEST(Sessions, GivesUpTheOldestForRoom) {
    upstream::Sessions sessions;
    for (unsigned i = 1; i <= 3; ++i) sessions.learn(mark(i), left, start, limits);
    EXPECT_TRUE(sessions.find(mark(1), start, limits));
    sessions.learn(mark(4), left, start, limits);
    EXPECT_FALSE(sessions.find(mark(2), start, limits));
    for (const unsigned i : {1u, 3u, 4u}) EXPECT_TRUE(sessions.find(mark(i), start, limits)) << i;
}

TEST(Sessions, ShrinksToLimitsThatAreNew) {
    upstream::Sessions sessions;
    for (unsigned i = 1; i <= 3; ++i) sessions.learn(mark(i), left, start, limits);
    EXPECT_TRUE(sessions.find(mark(3), start, {1, 10s}));
    EXPECT_EQ(sessions.size(), 1u);
}

// A request has to wait while others are forgotten.
TEST(Sessions, ForgetsAFewAtATime) {
    upstream::Sessions sessions;
    constexpr SessionLimits many{1000, 10s};
    for (unsigned i = 0; i < 100; ++i) sessions.learn(mark(i), left, start, many);
    std::size_t before = sessions.size();
    for (unsigned i = 0; i < 100; ++i) {
        EXPECT_FALSE(sessions.find(mark(99 - i), start + 10s, many)) << i;
        EXPECT_GE(sessions.size() + 10, before);
        before = sessions.size();
    }
    EXPECT_EQ(sessions.size(), 0u);
}

TEST(Sessions, ForgetsNoneWithATunnel) {
    upstream::Sessions sessions;
    sessions.learn(mark(1), left, start, limits);
    sessions.hold(mark(1), left, start, limits);
    sessions.hold(mark(1), left, start, limits);
    for (unsigned i = 1; i < 10; ++i) EXPECT_FALSE(sessions.find(mark(2), start + i * 10s, limits));
    EXPECT_EQ(sessions.find(mark(1), start + 105s, limits), left);
    sessions.release(mark(1), left, start + 110s, limits);
    EXPECT_EQ(sessions.find(mark(1), start + 200s, limits), left);
    sessions.release(mark(1), left, start + 210s, limits);
    EXPECT_EQ(sessions.find(mark(1), start + 219s, limits), left);
    EXPECT_FALSE(sessions.find(mark(1), start + 229s, limits));
}

TEST(Sessions, GivesUpThoseWithATunnelForRoomOnly) {
    upstream::Sessions sessions;
    for (unsigned i = 1; i <= 3; ++i) sessions.hold(mark(i), left, start, limits);
    sessions.learn(mark(4), left, start, limits);
    EXPECT_FALSE(sessions.find(mark(1), start, limits));
    sessions.learn(mark(1), right, start, limits);
    sessions.release(mark(1), left, start, limits);  // the tunnel of which nothing was known any more
    EXPECT_EQ(sessions.find(mark(1), start, limits), right);
    EXPECT_FALSE(sessions.find(mark(1), start + 10s, limits));
    EXPECT_EQ(sessions.find(mark(3), start + 10s, limits), left);
}

TEST(SessionHold, KeepsASessionForItsTunnel) {
    const auto pool = std::make_shared<upstream::LivePool>();
    {
        const upstream::SessionHold hold(pool, mark(1), left, limits);
        EXPECT_EQ(pool->sessions().find(mark(1), net::Clock::now() + 100s, limits), left);
    }
    const net::TimePoint end = net::Clock::now();
    EXPECT_EQ(pool->sessions().find(mark(1), end, limits), left);
    EXPECT_FALSE(pool->sessions().find(mark(1), end + 10s, limits));
}

TEST(SessionHold, LeavesASessionWhereItHasMoved) {
    const auto pool = std::make_shared<upstream::LivePool>();
    const net::TimePoint now = net::Clock::now();
    {
        const upstream::SessionHold hold(pool, mark(1), left, limits);
        pool->sessions().learn(mark(1), right, now, limits);
    }
    EXPECT_EQ(pool->sessions().find(mark(1), now, limits), right);
}

TEST(Sessions, ServesAllWorkers) {
    upstream::Sessions sessions;
    constexpr SessionLimits many{100, 10s};
    std::vector<std::thread> workers;
    for (unsigned worker = 0; worker < 4; ++worker)
        workers.emplace_back([&sessions, worker, many] {
            for (unsigned i = 0; i < 1000; ++i) {
                sessions.learn(mark(i), worker % 2 == 0 ? left : right, start, many);
                sessions.find(mark(i + worker), start, many);
            }
        });
    for (std::thread& worker : workers) worker.join();
    EXPECT_EQ(sessions.size(), 100u);
}

}  // namespace
}  // namespace upstream_tests
