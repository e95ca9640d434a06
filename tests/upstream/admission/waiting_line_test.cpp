// Waiting in line: the order, the bound, and that no call is lost.
#include "upstream/admission/waiting_line.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using upstream::WaitingLine;
using Outcome = WaitingLine::Place::Outcome;
using Place = std::unique_ptr<WaitingLine::Place>;

class Line : public testing::Test {
  protected:
    // Waits for one turn and writes down what came of it.
    static net::Task<> wait(WaitingLine::Place* place, std::optional<Outcome>* outcome) {
        const Outcome result = co_await place->turn();
        *outcome = result;
    }

    void start(const Place& place, std::optional<Outcome>& outcome) {
        outcome.reset();
        boost::asio::co_spawn(loop.get_executor(), wait(place.get(), &outcome), boost::asio::detached);
        poll();
    }

    void poll() {
        loop.restart();
        loop.poll();
    }

    // Nobody has been called so far, and a call is for the first.
    void expect_that_the_first_is_called_next() {
        EXPECT_FALSE(first);
        EXPECT_FALSE(second);
        line.call();
        poll();
        EXPECT_EQ(first, Outcome::called);
        EXPECT_FALSE(second);
    }

    Place join(net::Duration timeout = 1h) { return line.join(3, loop.get_executor(), timeout); }

    boost::asio::io_context loop;
    WaitingLine line;
    std::optional<Outcome> first;
    std::optional<Outcome> second;
};

TEST_F(Line, TheFirstIsCalledAtOnceAndTheOthersAreNot) {
    const Place a = join();
    const Place b = join();
    start(a, first);
    start(b, second);
    EXPECT_EQ(first, Outcome::called);
    EXPECT_FALSE(second);
}

TEST_F(Line, TheNextIsCalledWhenOneLeaves) {
    Place a = join();
    const Place b = join();
    start(b, second);
    a.reset();
    poll();
    EXPECT_EQ(second, Outcome::called);
}

TEST_F(Line, WhoPassesIsCalledAgainBeforeThoseBehind) {
    const Place a = join();
    const Place b = join();
    start(a, first);
    a->pass();
    start(a, first);
    start(b, second);
    ASSERT_EQ(second, Outcome::called);  // a has found nothing, but b may have tried less
    b->pass();
    start(b, second);
    expect_that_the_first_is_called_next();
}

TEST_F(Line, ACallThatComesWhileTheCalledOneLooksIsNotLost) {
    const Place a = join();
    start(a, first);
    line.call();  // a has looked already, and has not passed yet
    a->pass();
    start(a, first);
    EXPECT_EQ(first, Outcome::called);
}

TEST_F(Line, WhoStaysIsCalledAgainAndCallsNobody) {
    const Place a = join();
    const Place b = join();
    start(a, first);
    a->stay();
    start(a, first);
    start(b, second);
    expect_that_the_first_is_called_next();
}

TEST_F(Line, ACallThatComesWhileTheCalledOneLooksKeepsItFromStaying) {
    const Place a = join();
    start(a, first);
    line.call();
    a->stay();
    start(a, first);
    EXPECT_EQ(first, Outcome::called);
}

TEST_F(Line, WhoLeavesCallsAgainThoseWhoAreLooking) {
    Place a = join();
    const Place b = join();
    line.call();
    start(b, second);
    ASSERT_EQ(second, Outcome::called);
    // Both have looked in vain when there is something for two.
    line.call();
    line.call();
    a->stay();
    start(a, first);
    ASSERT_EQ(first, Outcome::called);
    a.reset();
    b->stay();
    start(b, second);
    EXPECT_EQ(second, Outcome::called);
}

TEST_F(Line, EndsWhenTheTimeRunsOut) {
    const Place a = join();
    start(a, first);
    a->pass();
    const Place b = join(0ms);
    start(b, second);
    loop.restart();
    while (!second) loop.run_one();
    EXPECT_EQ(second, Outcome::timed_out);
}

TEST_F(Line, EndsForWhomGivesUp) {
    const Place a = join();
    Place b = join();
    const Place c = join();
    start(b, second);
    b->give_up();
    poll();
    EXPECT_EQ(second, Outcome::gave_up);
}

// Pauses once and writes down what came of it.
net::Task<> pause(WaitingLine::Place* place, net::TimePoint until, std::optional<Outcome>* outcome) {
    const Outcome result = co_await place->pause(until);
    *outcome = result;
}

TEST_F(Line, WhoPausesIsStillCalledBehindIt) {
    const Place a = join();
    start(a, first);
    first.reset();
    boost::asio::co_spawn(loop.get_executor(), pause(a.get(), net::Clock::now(), &first), boost::asio::detached);
    loop.restart();
    while (!first) loop.run_one();
    EXPECT_EQ(first, Outcome::called);
    start(a, first);
    EXPECT_EQ(first, Outcome::called);
}

TEST_F(Line, APauseBeyondTheTimeThereIsEndsAtOnce) {
    const Place a = join(1min);
    boost::asio::co_spawn(loop.get_executor(), pause(a.get(), net::Clock::now() + 1h, &first), boost::asio::detached);
    poll();
    EXPECT_EQ(first, Outcome::timed_out);
}

TEST_F(Line, APauseEndsForWhomGivesUp) {
    const Place a = join();
    boost::asio::co_spawn(loop.get_executor(), pause(a.get(), net::Clock::now() + 30min, &first), boost::asio::detached);
    poll();
    EXPECT_FALSE(first);
    a->give_up();
    poll();
    EXPECT_EQ(first, Outcome::gave_up);
}

TEST_F(Line, OnlyTheFirstOfThoseCalledPauses) {
    Place a = join();
    const Place b = join();
    line.call();
    start(a, first);
    start(b, second);
    ASSERT_EQ(second, Outcome::called);
    boost::asio::co_spawn(loop.get_executor(), pause(b.get(), net::Clock::now() + 30min, &second), boost::asio::detached);
    second.reset();
    poll();
    ASSERT_TRUE(second);  // at once,
    start(b, second);
    EXPECT_FALSE(second);  // and it waits for its turn
    a.reset();
    poll();
    EXPECT_EQ(second, Outcome::called);
}

TEST_F(Line, IsBounded) {
    const Place places[] = {join(), join(), join()};
    EXPECT_EQ(join(), nullptr);
}

TEST_F(Line, IsEmptyWhenAllHaveLeft) {
    EXPECT_TRUE(line.is_empty());
    Place a = join();
    EXPECT_FALSE(line.is_empty());
    a.reset();
    EXPECT_TRUE(line.is_empty());
}

// Workers that share a few places among many who want one: each gets one in the end, however the threads interleave.
struct Scarce {
    WaitingLine line;
    std::atomic<int> free{2};
    std::atomic<int> served{0};

    bool take() {
        int left = free.load();
        while (left > 0)
            if (free.compare_exchange_weak(left, left - 1)) return true;
        return false;
    }
    void give_back() {
        ++free;
        line.call();
    }
};

using InVain = void (WaitingLine::Place::*)();

net::Task<> use_once(Scarce* scarce, net::Executor executor, InVain in_vain) {
    const Place place = scarce->line.join(10'000, executor, 1h);
    for (;;) {
        const Outcome outcome = co_await place->turn();
        if (outcome != Outcome::called) co_return;
        if (scarce->take()) break;
        ((*place).*in_vain)();
    }
    ++scarce->served;
    // Held until the others have had a turn, so that there is something to wait for.
    co_await boost::asio::post(executor, boost::asio::use_awaitable_t<net::Executor>{});
    scarce->give_back();
}

class WaitingLineThreads : public testing::TestWithParam<InVain> {};
INSTANTIATE_TEST_SUITE_P(InVain, WaitingLineThreads, testing::Values(&WaitingLine::Place::pass, &WaitingLine::Place::stay),
                         [](const auto& row) { return std::string(row.index == 0 ? "Passing" : "Staying"); });

TEST_P(WaitingLineThreads, EverybodyIsServedAndNoCallIsLost) {
    Scarce scarce;
    std::array<boost::asio::io_context, 4> loops;
    std::array<int, 4> left{};
    for (std::size_t worker = 0; worker < loops.size(); ++worker) {
        auto& loop = loops[worker];
        const auto on_end = [&loop, &pending = left[worker]](const std::exception_ptr&) {
            if (--pending == 0) loop.stop();
        };
        for (left[worker] = 0; left[worker] < 500; ++left[worker])
            boost::asio::co_spawn(loop.get_executor(), use_once(&scarce, loop.get_executor(), GetParam()), on_end);
    }
    std::vector<std::thread> threads;
    for (auto& loop : loops) threads.emplace_back([&loop] { loop.run(); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(scarce.served, 2000);
    EXPECT_EQ(scarce.free, 2);
    EXPECT_TRUE(scarce.line.is_empty());
}

}  // namespace
}  // namespace upstream_tests
