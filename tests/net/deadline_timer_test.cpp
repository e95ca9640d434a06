// What drives deadlines, under the real clock.
#include "net/deadline_timer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/event_loop.hpp"

namespace net_tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class DeadlineTimer : public testing::Test {
  protected:
    // A deadline that notes when it has fired, and how early or late.
    struct Noted {
        Noted(DeadlineTimer& test, std::string word, net::Duration after)
            : fixture(test), name(std::move(word)), due(net::Clock::now() + after), deadline(test.queue, &Noted::fire, this) {
            deadline.arm(after);
        }
        static void fire(void* self) {
            auto& noted = *static_cast<Noted*>(self);
            noted.fixture.fired.push_back(noted.name);
            noted.fixture.late.push_back(net::Clock::now() - noted.due);
            if (noted.fixture.fired.size() == noted.fixture.awaited) noted.fixture.loop.stop();
        }
        DeadlineTimer& fixture;
        std::string name;
        net::TimePoint due;
        net::Deadline deadline;
    };

    net::EventLoop loop;
    net::DeadlineQueue queue{&net::Clock::now};
    std::size_t awaited = 2;
    std::vector<std::string> fired;
    std::vector<net::TimePoint::duration> late;
};

TEST_F(DeadlineTimer, FiresInOrderAndNeverEarly) {
    const net::DeadlineTimer timer(loop.executor(), queue);
    const Noted later(*this, "later", 30ms);
    const Noted sooner(*this, "sooner", 5ms);
    loop.run();
    EXPECT_THAT(fired, ElementsAre("sooner", "later"));
    for (const auto each : late) EXPECT_GE(each, 0ms);
}

TEST_F(DeadlineTimer, LetsDeadlinesCloseToEachOtherShareAWakeUp) {
    const net::DeadlineTimer timer(loop.executor(), queue, 20ms);
    const Noted first(*this, "first", 5ms);
    const Noted second(*this, "second", 15ms);
    loop.run();
    EXPECT_THAT(fired, ElementsAre("first", "second"));
    EXPECT_GE(late[0], 20ms);
    EXPECT_LT(late[0] - late[1], 11ms);
}

TEST_F(DeadlineTimer, FiresForADeadlineOfAnotherAndThenNoMore) {
    const net::DeadlineTimer timer(loop.executor(), queue, 0ms);
    awaited = 3;
    std::optional<Noted> third;
    std::optional<Noted> second;
    const Noted first(*this, "first", 1ms);
    net::post(loop.executor(), [&] {
        second.emplace(*this, "second", 3ms);
        third.emplace(*this, "third", 5ms);
    });
    loop.run();
    EXPECT_THAT(fired, ElementsAre("first", "second", "third"));
}

TEST_F(DeadlineTimer, FiresNothingAfterStop) {
    net::DeadlineTimer timer(loop.executor(), queue, 0ms);
    const Noted never(*this, "never", 1ms);
    timer.stop();
    net::DeadlineQueue another(&net::Clock::now);
    const net::DeadlineTimer end(loop.executor(), another, 0ms);
    net::Deadline stop(another, [](void* self) { static_cast<net::EventLoop*>(self)->stop(); }, &loop);
    stop.arm(10ms);
    loop.run();
    EXPECT_THAT(fired, ElementsAre());
}

}  // namespace
}  // namespace net_tests
