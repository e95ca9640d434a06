// Waiting for a point in time, until then, until it is ended, or until the event loop goes.
#include "net/alarm.hpp"

#include <memory>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include "net/event_loop.hpp"

namespace net_tests {
namespace {

using namespace std::chrono_literals;

class Alarm : public testing::Test {
  protected:
    net::Task<> wait(net::Alarm* alarm, std::shared_ptr<int> /*owned*/ = nullptr) {
        auto [error] = co_await alarm->wait();
        ended = net::Clock::now();
        outcome = error;
        loop->stop();
    }

    void begin(net::Alarm& alarm, std::shared_ptr<int> owned = nullptr) {
        boost::asio::co_spawn(loop->executor(), wait(&alarm, std::move(owned)), boost::asio::detached);
    }

    std::optional<net::EventLoop> loop{std::in_place};
    std::optional<net::ErrorCode> outcome;
    net::TimePoint ended;
};

TEST_F(Alarm, RingsAtItsTime) {
    const net::TimePoint due = net::Clock::now() + 5ms;
    net::Alarm alarm(loop->executor(), due);
    begin(alarm);
    loop->run();
    EXPECT_EQ(outcome, net::ErrorCode());
    EXPECT_GE(ended, due);
}

TEST_F(Alarm, RingsAtOnceWhereItsTimeIsOver) {
    net::Alarm alarm(loop->executor(), net::Clock::now() - 1h);
    begin(alarm);
    loop->run();
    EXPECT_EQ(outcome, net::ErrorCode());
}

TEST_F(Alarm, RingsAtTheTimeThatWasSetLast) {
    net::Alarm alarm(loop->executor(), net::Clock::now() + 1h);
    alarm.set(net::Clock::now() + 1ms);
    begin(alarm);
    loop->run();
    EXPECT_EQ(outcome, net::ErrorCode());
}

TEST_F(Alarm, IsEndedByCancelInALaterTurn) {
    net::Alarm alarm(loop->executor(), net::Clock::now() + 1h);
    begin(alarm);
    net::post(loop->executor(), [&] {
        alarm.cancel();
        EXPECT_FALSE(outcome);
    });
    loop->run();
    EXPECT_EQ(outcome, boost::asio::error::operation_aborted);
    alarm.cancel();  // nobody waits
}

TEST_F(Alarm, GoesWithItsEventLoop) {
    auto alarm = std::make_unique<net::Alarm>(loop->executor(), net::Clock::now() + 1h);
    const auto token = std::make_shared<int>();
    begin(*alarm, token);
    net::post(loop->executor(), [&] { loop->stop(); });
    loop->run();
    EXPECT_EQ(token.use_count(), 2);
    loop.reset();
    EXPECT_EQ(token.use_count(), 1);
    EXPECT_FALSE(outcome);
}

}  // namespace
}  // namespace net_tests
