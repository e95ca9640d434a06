// Who is taken out of a pool for its health, and how many may be.
#include <algorithm>
#include <barrier>
#include <random>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"
#include "upstream/pool.hpp"

namespace upstream_tests {
namespace {

using std::chrono_literals::operator""s;
using upstream::Endpoint;
using Result = upstream::ActiveHealth::Result;
using Change = Endpoint::Change;
using Consequence = Endpoint::Consequence;

const net::TimePoint now{std::chrono::hours(1)};

class Ejection : public testing::Test {
  protected:
    // A pool of that many endpoints, of which that share (per cent) may be out.
    upstream::Endpoints make(unsigned count, unsigned max_ejected, unsigned max_fails = 1) {
        config::Upstream settings;
        settings.name = "a";
        settings.health.max_ejected = max_ejected;
        pool = std::make_shared<upstream::Pool>(settings, std::vector<net::Executor>{loop.get_executor()}, live);
        upstream::Endpoints endpoints;
        config::Endpoint line = upstream_tests::settings(1);
        line.max_fails = max_fails;
        for (unsigned i = 0; i < count; ++i) endpoints.push_back(make_endpoint(line, i, live));
        pool->start_with(endpoints);
        return endpoints;
    }

    static Change probe(Endpoint& endpoint, Result result) { return endpoint.probed(0, result, {1, 1}, now); }

    static unsigned eligible(const upstream::Endpoints& endpoints, net::TimePoint at = now) {
        unsigned count = 0;
        for (const auto& endpoint : endpoints) count += endpoint->eligible(at) ? 1 : 0;
        return count;
    }

    static void probe_any(const upstream::Endpoints& some, std::minstd_rand& random) {
        probe(*some[random() % some.size()], random() % 2 == 0 ? Result::passed : Result::failed);
    }

    // A request goes to any of them, and fails or succeeds.
    static void serve_any(const upstream::Endpoints& all, std::minstd_rand& random, net::TimePoint time) {
        const auto& endpoint = all[random() % all.size()];
        const auto lease = upstream::Lease::take(endpoint, time);
        if (random() % 2 == 0)
            endpoint->failed(time);
        else if (lease)
            endpoint->succeeded(time);
    }

    struct Extent {
        unsigned workers;
        int rounds;
    };

    // Workers serve while this thread acts. Whenever all of them rest it looks, and each outage comes to its trial. The
    // time of the end.
    template <class Act, class Look>
    static net::TimePoint disagree(const upstream::Endpoints& all, Extent extent, Act act, Look look) {
        net::TimePoint time = now;  // moved only while all rest
        std::barrier rest(extent.workers + 1, [&]() noexcept {
            look(time);
            time += 11s;
        });
        const auto each_turn = [&](unsigned seed, const auto& act_once) {
            constexpr int turns = 40;
            std::minstd_rand random(seed);
            for (int turn = 1; turn <= extent.rounds * turns; ++turn) {
                act_once(random);
                if (turn % turns == 0) rest.arrive_and_wait();
            }
        };
        std::vector<std::thread> threads;
        for (unsigned seed = 1; seed <= extent.workers; ++seed)
            threads.emplace_back(each_turn, seed, [&](std::minstd_rand& random) { serve_any(all, random, time); });
        each_turn(9, act);
        for (std::thread& thread : threads) thread.join();
        return time;
    }

    // All of them come in again, and when all fail that many are left.
    static void expect_no_place_is_lost(const upstream::Endpoints& all, net::TimePoint time, unsigned left) {
        for (const auto& endpoint : all) {
            probe(*endpoint, Result::passed);
            if (const auto lease = upstream::Lease::take(endpoint, time)) endpoint->succeeded(time);
            EXPECT_EQ(endpoint->leases(), 0u);
        }
        EXPECT_EQ(eligible(all, time), all.size());
        for (const auto& endpoint : all) endpoint->failed(time);
        EXPECT_EQ(eligible(all, time), left) << "as many as may be out";
    }

    boost::asio::io_context loop;
    std::shared_ptr<upstream::LivePool> live = std::make_shared<upstream::LivePool>();
    std::shared_ptr<upstream::Pool> pool;
};

TEST_F(Ejection, FailuresAndChecksShareTheCap) {
    const auto all = make(4, 50);
    EXPECT_EQ(all[0]->failed(now), Consequence::taken_out);
    EXPECT_EQ(probe(*all[1], Result::failed), Change::fell);
    EXPECT_EQ(all[2]->failed(now), Consequence::spared);
    EXPECT_EQ(probe(*all[3], Result::failed), Change::spared);
    EXPECT_EQ(eligible(all), 2u);
}

TEST_F(Ejection, TheShareIsRoundedDown) {
    struct Row {
        unsigned endpoints;
        unsigned max_ejected;
        unsigned left;
    };
    for (const Row& row : {Row{1, 50, 1}, Row{2, 50, 1}, Row{3, 50, 2}, Row{3, 99, 1}, Row{3, 100, 0}, Row{3, 0, 3}}) {
        live = std::make_shared<upstream::LivePool>();
        const auto all = make(row.endpoints, row.max_ejected);
        for (const auto& endpoint : all) probe(*endpoint, Result::failed);
        EXPECT_EQ(eligible(all), row.left) << row.endpoints << " endpoints, " << row.max_ejected << " %";
    }
}

TEST_F(Ejection, ASparedEndpointTakesThePlaceThatBecomesFree) {
    const auto all = make(2, 50);
    EXPECT_EQ(probe(*all[0], Result::failed), Change::fell);
    EXPECT_EQ(probe(*all[1], Result::failed), Change::spared);
    EXPECT_EQ(probe(*all[1], Result::failed), Change::none);
    EXPECT_EQ(probe(*all[0], Result::passed), Change::rose);
    EXPECT_EQ(probe(*all[1], Result::failed), Change::fell);
    EXPECT_TRUE(all[0]->eligible(now));
    EXPECT_FALSE(all[1]->eligible(now));
}

TEST_F(Ejection, ASuccessfulTrialGivesThePlaceBack) {
    const auto all = make(2, 50);
    all[0]->failed(now);
    const net::TimePoint later = now + 11s;
    ASSERT_TRUE(upstream::Lease::take(all[0], later));
    all[0]->succeeded(later);
    EXPECT_EQ(all[1]->failed(later), Consequence::taken_out);
}

TEST_F(Ejection, FailuresKeepOutWhatAProbeFindsHealthy) {
    const auto all = make(2, 50);
    all[0]->failed(now);
    EXPECT_EQ(probe(*all[0], Result::failed), Change::fell);
    EXPECT_EQ(probe(*all[0], Result::passed), Change::rose);
    EXPECT_FALSE(all[0]->eligible(now));
    EXPECT_EQ(all[1]->failed(now), Consequence::spared) << "the place is still taken";
}

TEST_F(Ejection, AnEndpointThatIsNoMoreGivesItsPlaceBack) {
    auto all = make(2, 50);
    probe(*all[0], Result::failed);
    all[0].reset();
    pool->start_with({all[1], make_endpoint(settings(1), 2, live)});
    EXPECT_EQ(probe(*all[1], Result::failed), Change::fell);
}

TEST_F(Ejection, OneThatHasLeftStaysOutForThoseWhoStillSeeIt) {
    const auto all = make(3, 50);
    EXPECT_EQ(probe(*all[0], Result::failed), Change::fell);
    pool->start_with({all[1], all[2]});
    EXPECT_FALSE(all[0]->eligible(now));
    EXPECT_EQ(probe(*all[1], Result::failed), Change::fell) << "and has given its place back";
}

TEST_F(Ejection, AFailureOfOneThatHasLeftTakesNoPlace) {
    const auto all = make(3, 50);
    pool->start_with({all[1], all[2]});
    EXPECT_EQ(all[0]->failed(now), Consequence::taken_out);
    EXPECT_FALSE(all[0]->eligible(now));
    EXPECT_EQ(all[1]->failed(now), Consequence::taken_out);
}

TEST_F(Ejection, OneThatReturnsIsOutAsBeforeWhereThereIsAPlace) {
    const auto all = make(3, 50);
    all[0]->failed(now);
    pool->start_with({all[1], all[2]});
    pool->start_with({all[0], all[1]});
    EXPECT_FALSE(all[0]->eligible(now));
    EXPECT_EQ(all[1]->failed(now), Consequence::spared) << "its place is taken again";
}

TEST_F(Ejection, OneThatReturnsIsSparedWhereOthersAreOut) {
    const auto all = make(3, 50);
    all[0]->failed(now);
    pool->start_with({all[1], all[2]});
    all[1]->failed(now);
    pool->start_with({all[0], all[1]});
    EXPECT_TRUE(all[0]->eligible(now));
    EXPECT_FALSE(all[1]->eligible(now));
}

TEST_F(Ejection, ASmallerPoolTakesEndpointsInAgain) {
    auto all = make(4, 50);
    probe(*all[0], Result::failed);
    probe(*all[1], Result::failed);
    pool->start_with({all[0], all[1]});
    EXPECT_EQ(eligible({all[0], all[1]}), 1u);
}

TEST_F(Ejection, ASmallerPoolForgetsNoFailuresOfThoseThatAreIn) {
    const auto all = make(4, 50, 2);
    EXPECT_EQ(all[2]->failed(now), Consequence::none);
    probe(*all[0], Result::failed);
    probe(*all[1], Result::failed);
    pool->start_with({all[2], all[1], all[0]});
    EXPECT_EQ(eligible({all[2], all[1], all[0]}), 2u);
    EXPECT_EQ(all[2]->failed(now), Consequence::spared) << "the second failure of two";
}

TEST_F(Ejection, AwaitedChecksAreNotAnEjection) {
    const auto all = make(2, 50);
    live->require(1, 1);
    EXPECT_EQ(eligible(all), 0u);
    EXPECT_EQ(probe(*all[0], Result::passed), Change::rose);
    EXPECT_EQ(probe(*all[1], Result::failed), Change::fell);
    EXPECT_EQ(eligible(all), 1u);
}

TEST_F(Ejection, AnEndpointThatJoinsWaitsForItsMandatoryCheck) {
    make(1, 100);
    live->require(1, 1);
    EXPECT_FALSE(make_endpoint(settings(1), 5, live)->eligible(now));
}

TEST_F(Ejection, AReloadKeepsTheVerdict) {
    const auto all = make(2, 100);
    probe(*all[0], Result::failed);
    const auto again = make_endpoint(settings(7), 0, live);
    live->require(1, 1);
    EXPECT_FALSE(again->eligible(now));
    EXPECT_TRUE(again->is_same_as(*all[0]));
    live->require(0, 0);
    EXPECT_TRUE(again->eligible(now)) << "nobody checks it any more";
}

// A tunnel keeps the state of an address alive that has left the pool.
TEST_F(Ejection, AnEndpointThatReturnsHasTheChecksOfNow) {
    auto all = make(2, 100);
    live->require(1, 0);
    probe(*all[0], Result::failed);
    const auto tunnel = upstream::Lease::take(all[0], now);
    pool->start_with({all[1]});
    live->require(0, 0);
    const auto back = make_endpoint(settings(1), 0, live);
    pool->start_with({all[1], back});
    ASSERT_TRUE(back->is_same_as(*all[0]));
    EXPECT_EQ(back->failed(now), Consequence::taken_out);
    ASSERT_TRUE(upstream::Lease::take(back, now + 11s));
    back->succeeded(now + 11s);
    EXPECT_TRUE(back->eligible(now + 11s)) << "nobody checks it any more";
}

TEST_F(Ejection, AnEndpointThatReturnsWaitsForACheckThatHasBecomeMandatory) {
    auto all = make(2, 100);
    const auto tunnel = upstream::Lease::take(all[0], now);
    pool->start_with({all[1]});
    live->require(1, 1);
    const auto back = make_endpoint(settings(1), 0, live);
    pool->start_with({all[1], back});
    EXPECT_FALSE(back->eligible(now));
    EXPECT_EQ(probe(*back, Result::passed), Change::rose);
    EXPECT_TRUE(back->eligible(now));
}

// Requests of many workers fail and succeed while probes come to verdicts: whenever all of them rest, no more are out
// than may be, and in the end no place is lost.
TEST_F(Ejection, HoldsTheCapWhileWorkersAndProbesDisagree) {
    const auto all = make(2, 50);
    unsigned most_out = 0;
    const net::TimePoint end = disagree(
        all, {.workers = 3, .rounds = 1000}, [&](std::minstd_rand& random) { probe_any(all, random); },
        [&](net::TimePoint time) { most_out = std::max(most_out, 2 - eligible(all, time)); });
    EXPECT_EQ(most_out, 1u);
    expect_no_place_is_lost(all, end, 1);
}

// The same while endpoints leave the pool and come back: those in it keep to the cap, and no place is lost with those
// that have left, nor given back twice.
TEST_F(Ejection, HoldsTheCapWhileEndpointsComeAndGo) {
    const auto all = make(6, 50);
    upstream::Endpoints members;
    const auto publish = [&](std::minstd_rand& random) {
        members = all;
        std::shuffle(members.begin(), members.end(), random);
        members.resize(4);
        pool->start_with(members);
    };
    std::minstd_rand first(8);
    publish(first);
    unsigned most_out = 0;
    const net::TimePoint end = disagree(
        all, {.workers = 2, .rounds = 500},
        [&](std::minstd_rand& random) {
            if (random() % 8 == 0)
                publish(random);
            else
                probe_any(members, random);
        },
        [&](net::TimePoint time) { most_out = std::max(most_out, 4 - eligible(members, time)); });
    EXPECT_EQ(most_out, 2u);
    pool->start_with(all);
    expect_no_place_is_lost(all, end, 3);
}

TEST_F(Ejection, OnlyEarlyResetsOfTunnelsAreFailures) {
    const auto all = make(2, 100);
    EXPECT_EQ(all[0]->tunnel_reset(0s, now), Consequence::none) << "none counts unless tunnel_fail_time says so";
    live->count_early_resets(2s);
    EXPECT_EQ(all[0]->tunnel_reset(2s, now), Consequence::none);
    EXPECT_EQ(all[0]->tunnel_reset(1s, now), Consequence::taken_out);
}

}  // namespace
}  // namespace upstream_tests
