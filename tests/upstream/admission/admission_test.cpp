// Who is let in to a pool, who is told when to ask again, and who is told to come back later.
#include "upstream/admission/admission.hpp"

#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using upstream::Admission;
using Kind = Admission::Kind;
using Permit = Admission::Permit;
using Outcome = upstream::WaitingLine::Place::Outcome;

constexpr net::TimePoint now{1h};

config::Admission rate_of(unsigned requests, unsigned burst, std::chrono::milliseconds per = 1s,
                          unsigned max_handshakes = 0) {
    config::Admission limits;
    limits.rate = config::AdmissionRate{requests, per, burst};
    limits.max_handshakes = max_handshakes;
    return limits;
}

config::Admission handshakes_of(unsigned most) {
    config::Admission limits;
    limits.max_handshakes = most;
    return limits;
}

// With these limits from the start.
struct Limited : Admission {
    explicit Limited(const config::Admission& limits) { limit(limits, now); }
};

bool is_let_in(Admission& admission, Kind kind = Kind::request) {
    return std::holds_alternative<Permit>(admission.ask(kind, now));
}

class AdmissionLine : public testing::Test {
  protected:
    auto join(Admission& admission, Kind kind = Kind::handshake) {
        return admission.line(kind).join(2, loop.get_executor(), 1h);
    }

    // Runs what there is to do: without coroutines that is as much as there have been calls.
    std::size_t poll() {
        loop.restart();
        return loop.poll();
    }

    boost::asio::io_context loop;
};

TEST(Admission, LetsEverybodyInWithoutLimits) {
    Admission admission;
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(is_let_in(admission, Kind::handshake));
    EXPECT_EQ(admission.handshakes(), 0u);
}

TEST(Admission, KeepsTheRateForRequestsAndHandshakesTogether) {
    Limited admission(rate_of(100, 3));
    EXPECT_TRUE(is_let_in(admission));
    EXPECT_TRUE(is_let_in(admission, Kind::handshake));
    EXPECT_TRUE(is_let_in(admission));
    const auto answer = admission.ask(Kind::handshake, now);
    ASSERT_TRUE(std::holds_alternative<net::TimePoint>(answer));
    EXPECT_EQ(std::get<net::TimePoint>(answer), now + 10ms);
}

TEST(Admission, CountsByTheMinuteToo) {
    Limited admission(rate_of(30, 1, 60s));
    EXPECT_TRUE(is_let_in(admission));
    EXPECT_EQ(std::get<net::TimePoint>(admission.ask(Kind::request, now)), now + 2s);
}

TEST(Admission, BoundsHandshakesInProgressAndNotRequests) {
    Limited admission(handshakes_of(2));
    auto first = admission.ask(Kind::handshake, now);
    const auto second = admission.ask(Kind::handshake, now);
    EXPECT_EQ(admission.handshakes(), 2u);
    EXPECT_TRUE(std::holds_alternative<Admission::Crowded>(admission.ask(Kind::handshake, now)));
    EXPECT_TRUE(is_let_in(admission));
    first = Admission::Crowded{};
    EXPECT_EQ(admission.handshakes(), 1u);
    EXPECT_TRUE(is_let_in(admission, Kind::handshake));
    EXPECT_EQ(admission.handshakes(), 1u);
}

TEST_F(AdmissionLine, IsCalledForAPlaceThatIsGivenBack) {
    Limited admission(handshakes_of(1));
    auto held = admission.ask(Kind::handshake, now);
    const auto first = join(admission);
    const auto second = join(admission);
    first->pass();   // calls the second,
    second->pass();  // and nobody is called any more
    poll();
    held = Admission::Crowded{};
    EXPECT_EQ(poll(), 1u);  // to the first
}

TEST_F(AdmissionLine, KeepsNobodyWhoNeedsNoPlace) {
    Limited admission(handshakes_of(1));
    const auto waiting = join(admission);
    EXPECT_TRUE(admission.line(Kind::request).is_empty());
    const auto also_waiting = join(admission, Kind::request);
    EXPECT_TRUE(also_waiting);
    EXPECT_EQ(admission.waiting(), 2u);
}

TEST_F(AdmissionLine, IsCalledForALimitThatIsRaisedWhichHoldsForIt) {
    Limited admission(handshakes_of(1));
    const auto held = admission.ask(Kind::handshake, now);
    const auto first = join(admission);
    first->stay();
    poll();
    admission.limit(handshakes_of(2), now);
    EXPECT_EQ(poll(), 1u);
    EXPECT_TRUE(is_let_in(admission, Kind::handshake));
}

// Pauses once and writes down what came of it.
net::Task<> pause(upstream::WaitingLine::Place* place, net::TimePoint until, std::optional<Outcome>* outcome) {
    const Outcome result = co_await place->pause(until);
    *outcome = result;
}

TEST_F(AdmissionLine, PausesNoLongerForALimitThatIsNoMore) {
    Limited admission(rate_of(1, 1));
    const auto first = join(admission, Kind::request);
    const auto second = join(admission, Kind::request);
    std::optional<Outcome> outcome;
    boost::asio::co_spawn(loop, pause(first.get(), net::Clock::now() + 30min, &outcome), boost::asio::detached);
    poll();
    ASSERT_FALSE(outcome);
    admission.limit(rate_of(1000, 1), now);
    poll();
    EXPECT_EQ(outcome, Outcome::called);
}

TEST(Admission, AFasterRateForgivesWhatIsOwedToASlowerOne) {
    Limited admission(rate_of(30, 100, 60s));
    while (is_let_in(admission)) continue;
    admission.limit(rate_of(1000, 10), now);
    EXPECT_EQ(std::get<net::TimePoint>(admission.ask(Kind::request, now)), now + 1ms);
    EXPECT_TRUE(std::holds_alternative<Permit>(admission.ask(Kind::request, now + 1ms)));
}

TEST(Admission, WithoutItsRateItLetsEverybodyInAgain) {
    Limited admission(rate_of(1, 1));
    while (is_let_in(admission)) continue;
    admission.limit({}, now);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(is_let_in(admission));
}

TEST_F(AdmissionLine, IsNotCalledByAHandshakeThatComesTooEarlyWhichHoldsNoPlace) {
    Limited admission(rate_of(1, 1, 1s, 5));
    const auto held = admission.ask(Kind::handshake, now);
    const auto first = join(admission);
    const auto second = join(admission);
    EXPECT_TRUE(std::holds_alternative<net::TimePoint>(admission.ask(Kind::handshake, now)));
    EXPECT_EQ(poll(), 0u);
    EXPECT_EQ(admission.handshakes(), 1u);
}

TEST(Admission, IsExactOverThreads) {
    Limited admission(handshakes_of(7));
    std::vector<std::thread> threads;
    std::atomic<unsigned> too_many{0};
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            std::vector<std::variant<Permit, net::TimePoint, Admission::Crowded>> held;
            for (int turn = 0; turn < 2000; ++turn) {
                held.push_back(admission.ask(Kind::handshake, now));
                if (admission.handshakes() > 7) ++too_many;
                if (held.size() == 10) held.clear();
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(too_many, 0u);
    EXPECT_EQ(admission.handshakes(), 0u);
}

TEST(RetryAfter, IsTheTimeOfTheQueueAndUpToAsLongAgain) {
    struct Row {
        config::Admission limits;
        std::size_t waiting;
        long least;
        long most;
    };
    const Row rows[] = {{rate_of(100, 1), 0, 1, 2},        {rate_of(100, 1), 500, 6, 12}, {rate_of(30, 1, 60s), 5, 11, 22},
                        {rate_of(1, 1), 1'000'000, 60, 120}, {handshakes_of(9), 500, 1, 2}};
    for (const Row& row : rows) {
        long least = 1000;
        long most = 0;
        for (std::uint32_t random = 0; random < 200; ++random) {
            const long advice = upstream::retry_after(row.limits, row.waiting, random).count();
            least = std::min(least, advice);
            most = std::max(most, advice);
        }
        EXPECT_EQ(least, row.least);
        EXPECT_EQ(most, row.most);
    }
}

}  // namespace
}  // namespace upstream_tests
