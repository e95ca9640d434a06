// Pools: picking, leasing, and endpoints that are replaced while workers pick.
#include "upstream/pool.hpp"

#include <set>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"

namespace upstream_tests {
namespace {

using upstream::Pool;

const net::TimePoint now{std::chrono::hours(1)};

// A pool whose two workers share an event loop.
class Pools : public testing::Test {
  protected:
    static std::shared_ptr<Pool> make(std::vector<net::Executor> workers) {
        return std::make_shared<Pool>(config::Upstream{}, std::move(workers), std::make_shared<upstream::LivePool>());
    }

    // What the first worker picks for a request that has tried those.
    std::shared_ptr<upstream::Endpoint> picked(upstream::Tried tried = {}) {
        const auto lease = pool->pick(0, {}, now, tried);
        return lease ? lease->endpoint() : nullptr;
    }

    // Both workers have them when it returns.
    void publish(upstream::Endpoints endpoints) {
        pool->publish(pool, std::move(endpoints));
        loop.restart();
        loop.poll();
    }

    static std::shared_ptr<upstream::Endpoint> backup(unsigned number) {
        config::Endpoint line = settings(1);
        line.backup = true;
        return make_endpoint(line, number);
    }

    boost::asio::io_context loop;
    std::shared_ptr<Pool> pool = make({loop.get_executor(), loop.get_executor()});
};

TEST_F(Pools, GiveNothingBeforeTheyHaveEndpoints) { EXPECT_FALSE(pool->pick(0, {}, now, {})); }

TEST_F(Pools, GiveALease) {
    const auto endpoints = make_endpoints({1});
    pool->start_with(endpoints);
    const auto lease = pool->pick(0, {}, now, {});
    ASSERT_TRUE(lease);
    EXPECT_EQ(&**lease, endpoints[0].get());
    EXPECT_EQ(endpoints[0]->leases(), 1u);
}

TEST_F(Pools, TakeTurnsOverAllWorkers) {
    const auto endpoints = make_endpoints({1, 1});
    pool->start_with(endpoints);
    EXPECT_EQ(&**pool->pick(0, {}, now, {}), endpoints[0].get());
    EXPECT_EQ(&**pool->pick(1, {}, now, {}), endpoints[1].get());
    EXPECT_EQ(&**pool->pick(1, {}, now, {}), endpoints[0].get());
}

TEST_F(Pools, ShowAWorkerNewEndpointsFromItsNextTurnOn) {
    boost::asio::io_context first;
    boost::asio::io_context second;
    const auto split = make({first.get_executor(), second.get_executor()});
    const auto before = make_endpoints({1});
    const auto after = make_endpoints({1});
    split->start_with(before);
    split->publish(split, after);
    first.run();
    EXPECT_EQ(&**split->pick(0, {}, now, {}), after[0].get());
    EXPECT_EQ(&**split->pick(1, {}, now, {}), before[0].get());
    second.run();
    EXPECT_EQ(&**split->pick(1, {}, now, {}), after[0].get());
}

// Otherwise the first of them would get every request where endpoints change as often as requests come.
TEST_F(Pools, BeginTheTurnsOfNewEndpointsAnywhere) {
    std::set<std::string> names;
    for (int publication = 0; publication < 100; ++publication) {
        publish(make_endpoints({1, 1}));
        names.insert(picked()->name());
    }
    EXPECT_EQ(names.size(), 2u);
}

TEST_F(Pools, LiveUntilTheirLastPublicationHasArrived) {
    const std::weak_ptr<Pool> watch = pool;
    pool->publish(pool, make_endpoints({1}));
    pool.reset();
    EXPECT_FALSE(watch.expired());
    loop.run();
    EXPECT_TRUE(watch.expired());
}

TEST_F(Pools, TurnToTheirBackupsWhenNobodyElseIsLeft) {
    const upstream::Endpoints endpoints{backup(0), make_endpoint(settings(1), 1)};
    pool->start_with(endpoints);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(picked(), endpoints[1]);
    const upstream::Endpoints tried{endpoints[1]};
    EXPECT_EQ(picked(tried), endpoints[0]);
    endpoints[1]->failed(now);
    EXPECT_EQ(picked(), endpoints[0]);
}

TEST_F(Pools, KnowWhatARequestHasTriedWhenTheirEndpointsAreMadeAnew) {
    const auto make_both = [&live = pool->live()] {
        return upstream::Endpoints{make_endpoint(settings(1), 0, live), make_endpoint(settings(1), 1, live)};
    };
    pool->start_with(make_both());
    const upstream::Endpoints tried{picked()};
    for (int publication = 0; publication < 2; ++publication) {
        publish(make_both());
        for (int i = 0; i < 3; ++i) EXPECT_EQ(picked(tried)->name(), "127.0.0.1:7001");
        const upstream::Endpoints both{tried[0], picked(tried)};
        EXPECT_FALSE(pool->pick(0, {}, now, both));
        EXPECT_FALSE(pool->has(upstream::Endpoint::Obstacle::none, 0, now, both));
    }
}

TEST_F(Pools, AreFullWhileAnEndpointThatWasNotTriedHasNoRoom) {
    config::Endpoint one = settings(1);
    one.max_conns = 1;
    const upstream::Endpoints endpoints{make_endpoint(one, 0), make_endpoint(one, 1)};
    pool->start_with(endpoints);
    EXPECT_FALSE(pool->has(upstream::Endpoint::Obstacle::full, 0, now, {}));
    const auto lease = pool->pick(0, {}, now, {});
    const upstream::Endpoints tried{lease->endpoint()};
    EXPECT_TRUE(pool->has(upstream::Endpoint::Obstacle::full, 0, now, {}));
    EXPECT_FALSE(pool->has(upstream::Endpoint::Obstacle::full, 0, now, tried));
    endpoints[0]->failed(now);
    EXPECT_FALSE(pool->has(upstream::Endpoint::Obstacle::full, 0, now, {}));
}

TEST_F(Pools, HaveAnotherWhileOneThatWasNotTriedMayBePicked) {
    const upstream::Endpoints endpoints{make_endpoint(settings(1), 0), backup(1)};
    pool->start_with(endpoints);
    constexpr auto none = upstream::Endpoint::Obstacle::none;
    const upstream::Endpoints tried{endpoints[0]};
    EXPECT_TRUE(pool->has(none, 0, now, tried));
    endpoints[1]->failed(now);
    EXPECT_FALSE(pool->has(none, 0, now, tried));
    EXPECT_TRUE(pool->has(none, 0, now, {}));
}

TEST_F(Pools, MeasureWhatTheirMethodCompares) {
    using std::chrono_literals::operator""ms;
    using config::ResponseTime;
    const std::pair<config::Balance, float> rows[] = {{config::LeastTime{ResponseTime::header}, 5},
                                                      {config::LeastTime{ResponseTime::last_byte}, 50},
                                                      {config::LeastTime{ResponseTime::peak_ewma}, 5},
                                                      {config::LeastConn{}, 0}};
    for (const auto& [method, milliseconds] : rows) {
        config::Upstream block;
        block.balance = method;
        const Pool measuring(block, {loop.get_executor()}, std::make_shared<upstream::LivePool>());
        const auto endpoint = make_endpoint(settings(1), 0);
        measuring.answered(*endpoint, 5ms, 50ms, now);
        EXPECT_EQ(upstream::Latency::unpacked(endpoint->load().latency).milliseconds, milliseconds);
    }
}

// Picks on its own event loop until it has done so often enough.
struct Picker {
    Pool& pool;
    boost::asio::io_context& loop;
    std::size_t index;
    int left = 5'000;
    int missed = 0;

    void pick() {
        if (!pool.pick(index, {}, now, {})) ++missed;
        if (--left > 0)
            boost::asio::post(loop, [this] { pick(); });
    }
};

TEST_F(Pools, MayBePublishedToWhileWorkersPick) {
    std::array<boost::asio::io_context, 4> loops;
    std::vector<net::Executor> executors;
    for (auto& each : loops) executors.push_back(each.get_executor());
    const auto busy = make(executors);
    busy->start_with(make_endpoints({1, 1}));
    std::vector<std::unique_ptr<Picker>> pickers;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        pickers.push_back(std::make_unique<Picker>(Picker{*busy, loops[i], i}));
        threads.emplace_back([&loop = loops[i], picker = pickers.back().get()] {
            picker->pick();
            loop.run();
        });
    }
    for (int i = 0; i < 200; ++i) busy->publish(busy, make_endpoints({1, 2, 3}));
    for (std::thread& thread : threads) thread.join();
    for (const auto& picker : pickers) EXPECT_EQ(picker->missed, 0);
}

}  // namespace
}  // namespace upstream_tests
