// The table of learned sessions: bounded in number and time.
#include "upstream/affinity/sessions.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "upstream/affinity/session_hold.hpp"
#include "upstream/pool.hpp"

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

// With these limits from the start.
struct Limited : upstream::Sessions {
    explicit Limited(const SessionLimits& first = limits) { limit(first); }
};

TEST(Sessions, ForgetsNothingThatIsInUse) {
    Limited sessions;
    EXPECT_FALSE(sessions.find(mark(1), start));
    sessions.learn(mark(1), left, start);
    for (int seconds = 0; seconds < 100; seconds += 9)
        EXPECT_EQ(sessions.find(mark(1), start + std::chrono::seconds(seconds)), left);
}

TEST(Sessions, ForgetsWhatNobodyHasAskedFor) {
    Limited sessions;
    sessions.learn(mark(1), left, start);
    EXPECT_FALSE(sessions.find(mark(1), start + 10s));
    EXPECT_EQ(sessions.size(), 0u);
}

TEST(Sessions, MovesASession) {
    Limited sessions;
    sessions.learn(mark(1), left, start);
    sessions.learn(mark(1), right, start);
    EXPECT_EQ(sessions.find(mark(1), start), right);
    sessions.refresh(mark(1), left, start);
    EXPECT_EQ(sessions.find(mark(1), start), left);
    EXPECT_EQ(sessions.size(), 1u);
}

TEST(Sessions, RefreshesOnlyWhatItKnows) {
    Limited sessions;
    sessions.refresh(mark(1), left, start);
    EXPECT_FALSE(sessions.find(mark(1), start));
}

TEST(Sessions, GivesUpTheOldestForRoom) {
    Limited sessions;
    for (unsigned i = 1; i <= 3; ++i) sessions.learn(mark(i), left, start);
    EXPECT_TRUE(sessions.find(mark(1), start));
    sessions.learn(mark(4), left, start);
    EXPECT_FALSE(sessions.find(mark(2), start));
    for (const unsigned i : {1u, 3u, 4u}) EXPECT_TRUE(sessions.find(mark(i), start)) << i;
}

TEST(Sessions, ShrinksToLimitsThatAreNew) {
    Limited sessions;
    for (unsigned i = 1; i <= 3; ++i) sessions.learn(mark(i), left, start);
    sessions.limit({1, 10s});
    EXPECT_TRUE(sessions.find(mark(3), start));
    EXPECT_EQ(sessions.size(), 1u);
}

// A request has to wait while others are forgotten.
TEST(Sessions, ForgetsAFewAtATime) {
    Limited sessions({1000, 10s});
    for (unsigned i = 0; i < 100; ++i) sessions.learn(mark(i), left, start);
    std::size_t before = sessions.size();
    for (unsigned i = 0; i < 100; ++i) {
        EXPECT_FALSE(sessions.find(mark(99 - i), start + 10s)) << i;
        EXPECT_GE(sessions.size() + 10, before);
        before = sessions.size();
    }
    EXPECT_EQ(sessions.size(), 0u);
}

TEST(Sessions, ForgetsNoneWithATunnel) {
    Limited sessions;
    sessions.learn(mark(1), left, start);
    const auto held = sessions.hold(mark(1), start);
    EXPECT_EQ(sessions.hold(mark(1), start), held);
    for (unsigned i = 1; i < 10; ++i) EXPECT_FALSE(sessions.find(mark(2), start + i * 10s));
    EXPECT_EQ(sessions.find(mark(1), start + 105s), left);
    sessions.release(mark(1), *held, start + 110s);
    EXPECT_EQ(sessions.find(mark(1), start + 200s), left);
    sessions.release(mark(1), *held, start + 210s);
    EXPECT_EQ(sessions.find(mark(1), start + 219s), left);
    EXPECT_FALSE(sessions.find(mark(1), start + 229s));
}

TEST(Sessions, GivesUpThoseWithATunnelForRoomOnly) {
    Limited sessions;
    for (unsigned i = 1; i <= 3; ++i) sessions.learn(mark(i), left, start);
    const auto first = sessions.hold(mark(1), start);
    for (const unsigned i : {2u, 3u}) EXPECT_TRUE(sessions.hold(mark(i), start));
    sessions.learn(mark(4), left, start);
    EXPECT_FALSE(sessions.find(mark(1), start));
    sessions.learn(mark(1), right, start);
    sessions.release(mark(1), *first, start);  // the tunnel of which nothing was known any more
    EXPECT_EQ(sessions.find(mark(1), start), right);
    EXPECT_FALSE(sessions.find(mark(1), start + 10s));
    EXPECT_EQ(sessions.find(mark(3), start + 10s), left);
}

// A pool in which the left one has session 1.
std::shared_ptr<upstream::LivePool> learned() {
    auto pool = std::make_shared<upstream::LivePool>();
    pool->sessions().limit(limits);
    pool->sessions().learn(mark(1), left, net::Clock::now());
    return pool;
}

TEST(SessionHold, KeepsASessionForItsTunnel) {
    const auto pool = learned();
    {
        const upstream::SessionHold hold(pool, mark(1));
        EXPECT_EQ(pool->sessions().find(mark(1), net::Clock::now() + 100s), left);
    }
    const net::TimePoint end = net::Clock::now();
    EXPECT_EQ(pool->sessions().find(mark(1), end), left);
    EXPECT_FALSE(pool->sessions().find(mark(1), end + 10s));
}

TEST(SessionHold, LeavesASessionWhereItHasMoved) {
    const auto pool = learned();
    const net::TimePoint now = net::Clock::now();
    {
        const upstream::SessionHold hold(pool, mark(1));
        pool->sessions().learn(mark(1), right, now);
    }
    EXPECT_EQ(pool->sessions().find(mark(1), now), right);
}

TEST(Sessions, HoldsNothingThatItDoesNotKnow) {
    Limited sessions;
    EXPECT_FALSE(sessions.hold(mark(1), start));
    EXPECT_FALSE(sessions.find(mark(1), start));
}

TEST(Sessions, ATunnelWhoseSessionIsGoneBringsItNotBackAndEndsNoOther) {
    Limited sessions;
    sessions.learn(mark(0), left, start);
    const auto before = sessions.hold(mark(0), start);
    ASSERT_TRUE(before);
    for (unsigned i = 1; i <= 3; ++i) sessions.learn(mark(i), left, start);
    sessions.release(mark(0), *before, start);
    EXPECT_FALSE(sessions.find(mark(0), start));
    sessions.learn(mark(0), left, start);
    EXPECT_TRUE(sessions.hold(mark(0), start));
    sessions.release(mark(0), *before, start);
    EXPECT_EQ(sessions.find(mark(0), start + 10s), left);
}

TEST(Sessions, ATunnelThatIsOlderThanItsLimitsEndsByThem) {
    const auto live = std::make_shared<upstream::LivePool>();
    const auto configure = [&live](std::size_t sessions) {
        config::Upstream settings;
        settings.sticky = config::StickyLearn{{}, {}, {}, sessions * upstream::bytes_of_session, 10s};
        upstream::Pool(settings, {}, live).start_with({});
    };
    configure(1);
    live->sessions().learn(mark(0), left, net::Clock::now());
    auto tunnel = std::make_unique<upstream::SessionHold>(live, mark(0));
    configure(10);
    for (unsigned i = 1; i < 10; ++i) live->sessions().learn(mark(i), left, net::Clock::now());
    tunnel.reset();
    EXPECT_EQ(live->sessions().size(), 10u);
}

TEST(Sessions, ServesAllWorkers) {
    Limited sessions({100, 10s});
    std::vector<std::thread> workers;
    for (unsigned worker = 0; worker < 4; ++worker)
        workers.emplace_back([&sessions, worker] {
            for (unsigned i = 0; i < 1000; ++i) {
                sessions.learn(mark(i), worker % 2 == 0 ? left : right, start);
                sessions.find(mark(i + worker), start);
            }
        });
    for (std::thread& worker : workers) worker.join();
    EXPECT_EQ(sessions.size(), 100u);
}

}  // namespace
}  // namespace upstream_tests
