// Deadlines under a fake clock.
#include "net/deadline.hpp"

#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/fake_clock.hpp"

namespace net_tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// A deadline that notes its name when it fires, and then does what it was told to.
struct Named {
    Named(net::DeadlineQueue& queue, std::vector<std::string>& fired, std::string word)
        : log(fired), name(std::move(word)), deadline(queue, &Named::fire, this) {}

    static void fire(void* self) {
        auto& named = *static_cast<Named*>(self);
        named.log.push_back(named.name);
        if (named.then) named.then();
    }

    std::vector<std::string>& log;
    std::string name;
    std::function<void()> then;
    net::Deadline deadline;
};

class DeadlineQueue : public testing::Test {
  protected:
    void expire_after(net::Duration passed) {
        clock.advance(passed);
        queue.expire(FakeClock::now());
    }

    FakeClock clock;
    net::DeadlineQueue queue{&FakeClock::now};
    std::vector<std::string> fired;
    Named first{queue, fired, "first"};
    Named second{queue, fired, "second"};
    Named third{queue, fired, "third"};
};

TEST_F(DeadlineQueue, IsEmptyAtTheBeginning) { EXPECT_EQ(queue.earliest(), net::TimePoint::max()); }

TEST_F(DeadlineQueue, FiresAtItsTime) {
    first.deadline.arm(10ms);
    expire_after(9ms);
    EXPECT_THAT(fired, IsEmpty());
    expire_after(1ms);
    EXPECT_THAT(fired, ElementsAre("first"));
}

TEST_F(DeadlineQueue, FiresOnce) {
    first.deadline.arm(10ms);
    expire_after(10ms);
    EXPECT_FALSE(first.deadline.armed());
    expire_after(1h);
    EXPECT_THAT(fired, ElementsAre("first"));
}

TEST_F(DeadlineQueue, FiresInTheOrderOfTimes) {
    second.deadline.arm(20ms);
    third.deadline.arm(30ms);
    first.deadline.arm(10ms);
    expire_after(30ms);
    EXPECT_THAT(fired, ElementsAre("first", "second", "third"));
}

TEST_F(DeadlineQueue, FiresInTheOrderOfTimesHoweverManyTheyAre) {
    std::vector<std::unique_ptr<Named>> many;
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) expected.push_back(std::string(1, static_cast<char>('a' + i)));
    for (const int i : {7, 19, 0, 12, 3, 16, 9, 1, 14, 5, 18, 10, 2, 13, 6, 17, 8, 4, 15, 11}) {
        many.push_back(std::make_unique<Named>(queue, fired, expected[static_cast<std::size_t>(i)]));
        many.back()->deadline.arm(net::Duration(10 + i));
    }
    expire_after(19ms);
    EXPECT_EQ(fired.size(), 10u);
    expire_after(10ms);
    EXPECT_EQ(fired, expected);
}

TEST_F(DeadlineQueue, ThoseArmedForTheSameTimeFireInTheOrderInWhichTheyWere) {
    second.deadline.arm(10ms);
    clock.advance(1ms);
    third.deadline.arm(10ms);
    first.deadline.arm(5ms);
    expire_after(10ms);
    EXPECT_THAT(fired, ElementsAre("first", "second", "third"));
}

TEST_F(DeadlineQueue, OneThatIsArmedForLessTimeThanBeforeLeavesThoseBehind) {
    first.deadline.arm(100ms);
    second.deadline.arm(100ms);
    first.deadline.arm(10ms);
    first.deadline.arm(100ms);
    expire_after(50ms);
    EXPECT_THAT(fired, IsEmpty());
    expire_after(50ms);
    EXPECT_THAT(fired, testing::UnorderedElementsAre("first", "second"));
}

TEST_F(DeadlineQueue, ArmedAgainLaterFiresOnlyThen) {
    first.deadline.arm(10ms);
    first.deadline.arm(100ms);
    expire_after(10ms);
    EXPECT_THAT(fired, IsEmpty());
    EXPECT_TRUE(first.deadline.armed());
    expire_after(89ms);
    EXPECT_THAT(fired, IsEmpty());
    expire_after(1ms);
    EXPECT_THAT(fired, ElementsAre("first"));
}

TEST_F(DeadlineQueue, ArmedAgainEarlierFiresThen) {
    first.deadline.arm(100ms);
    first.deadline.arm(10ms);
    expire_after(10ms);
    EXPECT_THAT(fired, ElementsAre("first"));
    expire_after(90ms);
    EXPECT_EQ(fired.size(), 1u);
}

TEST_F(DeadlineQueue, OneThatWasMovedKeepsItsPlaceInTheOrder) {
    first.deadline.arm(10ms);
    second.deadline.arm(20ms);
    first.deadline.arm(30ms);
    expire_after(15ms);
    expire_after(15ms);
    EXPECT_THAT(fired, ElementsAre("second", "first"));
}

TEST_F(DeadlineQueue, DisarmedNeverFires) {
    first.deadline.arm(10ms);
    first.deadline.disarm();
    expire_after(1h);
    EXPECT_THAT(fired, IsEmpty());
    EXPECT_EQ(queue.earliest(), net::TimePoint::max());
}

TEST_F(DeadlineQueue, MayBeArmedAfterItWasDisarmed) {
    first.deadline.arm(10ms);
    first.deadline.disarm();
    first.deadline.arm(50ms);
    expire_after(10ms);
    EXPECT_THAT(fired, IsEmpty());
    expire_after(40ms);
    EXPECT_THAT(fired, ElementsAre("first"));
}

TEST_F(DeadlineQueue, ForgetsADeadlineThatIsDestroyed) {
    {
        Named gone(queue, fired, "gone");
        gone.deadline.arm(10ms);
    }
    expire_after(1h);
    EXPECT_THAT(fired, IsEmpty());
}

TEST_F(DeadlineQueue, ACallbackMayArmItsOwnDeadline) {
    first.deadline.arm(10ms);
    first.then = [this] { first.deadline.arm(10ms); };
    expire_after(10ms);
    expire_after(10ms);
    EXPECT_THAT(fired, ElementsAre("first", "first"));
}

TEST_F(DeadlineQueue, ACallbackMayDestroyItsOwnDeadline) {
    auto gone = std::make_optional<Named>(queue, fired, "gone");
    gone->deadline.arm(10ms);
    second.deadline.arm(10ms);
    gone->then = [&gone] { std::function<void()> running = std::move(gone->then); gone.reset(); };
    expire_after(10ms);
    EXPECT_THAT(fired, ElementsAre("gone", "second"));
}

TEST_F(DeadlineQueue, ACallbackMayDestroyADeadlineThatIsDueToo) {
    auto gone = std::make_optional<Named>(queue, fired, "gone");
    first.deadline.arm(10ms);
    gone->deadline.arm(11ms);
    first.then = [&gone] { gone.reset(); };
    expire_after(20ms);
    EXPECT_THAT(fired, ElementsAre("first"));
}

TEST_F(DeadlineQueue, ACallbackMayDisarmADeadlineThatIsDueToo) {
    first.deadline.arm(10ms);
    second.deadline.arm(10ms);
    first.then = [this] { second.deadline.disarm(); };
    expire_after(10ms);
    EXPECT_THAT(fired, ElementsAre("first"));
}

TEST_F(DeadlineQueue, TellsWhenTheFrontMoves) {
    std::vector<net::TimePoint> told;
    queue.on_earlier([&](net::TimePoint due) { told.push_back(due); });
    const auto now = FakeClock::now();
    first.deadline.arm(100ms);
    second.deadline.arm(200ms);
    third.deadline.arm(50ms);
    EXPECT_THAT(told, ElementsAre(now + 100ms, now + 50ms));
}

TEST_F(DeadlineQueue, DoesNotTouchTheFrontForADeadlineThatMovesAway) {
    first.deadline.arm(100ms);
    int told = 0;
    queue.on_earlier([&](net::TimePoint) { ++told; });
    for (int i = 0; i < 1000; ++i) first.deadline.arm(200ms);
    EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace net_tests
