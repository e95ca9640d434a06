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

config::Upstream named(const char* name) {
    config::Upstream settings;
    settings.name = name;
    return settings;
}

TEST(Pool, GivesNothingBeforeItHasEndpoints) {
    boost::asio::io_context loop;
    const Pool pool(named("empty"), {loop.get_executor()}, std::make_shared<upstream::LivePool>());
    EXPECT_FALSE(pool.pick(0, {}, now, {}));
}

TEST(Pool, GivesALease) {
    boost::asio::io_context loop;
    Pool pool(named("one"), {loop.get_executor()}, std::make_shared<upstream::LivePool>());
    const auto endpoints = make_endpoints({1});
    pool.start_with(endpoints);
    const auto lease = pool.pick(0, {}, now, {});
    ASSERT_TRUE(lease);
    EXPECT_EQ(&**lease, endpoints[0].get());
    EXPECT_EQ(endpoints[0]->leases(), 1u);
}

TEST(Pool, TakesTurnsOverAllWorkers) {
    boost::asio::io_context loop;
    Pool pool(named("two"), {loop.get_executor(), loop.get_executor()}, std::make_shared<upstream::LivePool>());
    const auto endpoints = make_endpoints({1, 1});
    pool.start_with(endpoints);
    EXPECT_EQ(&**pool.pick(0, {}, now, {}), endpoints[0].get());
    EXPECT_EQ(&**pool.pick(1, {}, now, {}), endpoints[1].get());
    EXPECT_EQ(&**pool.pick(1, {}, now, {}), endpoints[0].get());
}

TEST(Pool, AWorkerSeesNewEndpointsFromItsNextTurnOn) {
    boost::asio::io_context first;
    boost::asio::io_context second;
    const auto pool =
        std::make_shared<Pool>(named("swap"), std::vector{first.get_executor(), second.get_executor()},
                               std::make_shared<upstream::LivePool>());
    const auto before = make_endpoints({1});
    const auto after = make_endpoints({1});
    pool->start_with(before);
    pool->publish(pool, after);
    first.run();
    EXPECT_EQ(&**pool->pick(0, {}, now, {}), after[0].get());
    EXPECT_EQ(&**pool->pick(1, {}, now, {}), before[0].get());
    second.run();
    EXPECT_EQ(&**pool->pick(1, {}, now, {}), after[0].get());
}

// Otherwise the first of them would get every request where endpoints change as often as requests come.
TEST(Pool, BeginsTheTurnsOfNewEndpointsAnywhere) {
    boost::asio::io_context loop;
    const auto pool = std::make_shared<Pool>(named("often"), std::vector{loop.get_executor()},
                                             std::make_shared<upstream::LivePool>());
    std::set<std::string> picked;
    for (int publication = 0; publication < 100; ++publication) {
        pool->publish(pool, make_endpoints({1, 1}));
        loop.restart();
        loop.poll();
        picked.insert((*pool->pick(0, {}, now, {}))->name());
    }
    EXPECT_EQ(picked.size(), 2u);
}

TEST(Pool, LivesUntilItsLastPublicationHasArrived) {
    boost::asio::io_context loop;
    auto pool = std::make_shared<Pool>(named("gone"), std::vector{loop.get_executor()},
                                       std::make_shared<upstream::LivePool>());
    const std::weak_ptr<Pool> watch = pool;
    pool->publish(pool, make_endpoints({1}));
    pool.reset();
    EXPECT_FALSE(watch.expired());
    loop.run();
    EXPECT_TRUE(watch.expired());
}

TEST(Pool, TurnsToItsBackupsWhenNobodyElseIsLeft) {
    boost::asio::io_context loop;
    Pool pool(named("two tiers"), {loop.get_executor()}, std::make_shared<upstream::LivePool>());
    config::Endpoint backup = settings(1);
    backup.backup = true;
    const upstream::Endpoints endpoints{make_endpoint(backup, 0), make_endpoint(settings(1), 1)};
    pool.start_with(endpoints);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(&**pool.pick(0, {}, now, {}), endpoints[1].get());
    const upstream::Endpoints tried{endpoints[1]};
    EXPECT_EQ(&**pool.pick(0, {}, now, tried), endpoints[0].get());
    endpoints[1]->failed(now);
    EXPECT_EQ(&**pool.pick(0, {}, now, {}), endpoints[0].get());
}

TEST(Pool, KnowsWhatARequestHasTriedWhenItsEndpointsAreMadeAnew) {
    boost::asio::io_context loop;
    const auto live = std::make_shared<upstream::LivePool>();
    const auto pool = std::make_shared<Pool>(named("anew"), std::vector{loop.get_executor()}, live);
    const auto make = [&live] {
        return upstream::Endpoints{make_endpoint(settings(1), 0, live), make_endpoint(settings(1), 1, live)};
    };
    pool->start_with(make());
    const upstream::Endpoints tried{pool->pick(0, {}, now, {})->endpoint()};
    for (int publication = 0; publication < 2; ++publication) {
        pool->publish(pool, make());
        loop.restart();
        loop.poll();
        for (int i = 0; i < 3; ++i) EXPECT_EQ((*pool->pick(0, {}, now, tried))->name(), "127.0.0.1:7001");
        const upstream::Endpoints both{tried[0], pool->pick(0, {}, now, tried)->endpoint()};
        EXPECT_FALSE(pool->pick(0, {}, now, both));
        EXPECT_FALSE(pool->has(upstream::Endpoint::Obstacle::none, 0, now, both));
    }
}

TEST(Pool, IsFullWhileAnEndpointThatWasNotTriedHasNoRoom) {
    boost::asio::io_context loop;
    Pool pool(named("full"), {loop.get_executor()}, std::make_shared<upstream::LivePool>());
    config::Endpoint one = settings(1);
    one.max_conns = 1;
    const upstream::Endpoints endpoints{make_endpoint(one, 0), make_endpoint(one, 1)};
    pool.start_with(endpoints);
    EXPECT_FALSE(pool.has(upstream::Endpoint::Obstacle::full, 0, now, {}));
    const auto lease = pool.pick(0, {}, now, {});
    const upstream::Endpoints tried{lease->endpoint()};
    EXPECT_TRUE(pool.has(upstream::Endpoint::Obstacle::full, 0, now, {}));
    EXPECT_FALSE(pool.has(upstream::Endpoint::Obstacle::full, 0, now, tried));
    endpoints[0]->failed(now);
    EXPECT_FALSE(pool.has(upstream::Endpoint::Obstacle::full, 0, now, {}));
}

TEST(Pool, HasAnotherWhileOneThatWasNotTriedMayBePicked) {
    boost::asio::io_context loop;
    Pool pool(named("another"), {loop.get_executor()}, std::make_shared<upstream::LivePool>());
    config::Endpoint backup = settings(1);
    backup.backup = true;
    const upstream::Endpoints endpoints{make_endpoint(settings(1), 0), make_endpoint(backup, 1)};
    pool.start_with(endpoints);
    constexpr auto none = upstream::Endpoint::Obstacle::none;
    const upstream::Endpoints tried{endpoints[0]};
    EXPECT_TRUE(pool.has(none, 0, now, tried));
    endpoints[1]->failed(now);
    EXPECT_FALSE(pool.has(none, 0, now, tried));
    EXPECT_TRUE(pool.has(none, 0, now, {}));
}

TEST(Pool, MeasuresWhatItsMethodCompares) {
    using std::chrono_literals::operator""ms;
    using config::ResponseTime;
    const std::pair<config::Balance, float> rows[] = {{config::LeastTime{ResponseTime::header}, 5},
                                                      {config::LeastTime{ResponseTime::last_byte}, 50},
                                                      {config::LeastTime{ResponseTime::peak_ewma}, 5},
                                                      {config::LeastConn{}, 0}};
    for (const auto& [method, milliseconds] : rows) {
        boost::asio::io_context loop;
        config::Upstream block = named("measured");
        block.balance = method;
        const Pool pool(block, {loop.get_executor()}, std::make_shared<upstream::LivePool>());
        const auto endpoint = make_endpoint(settings(1), 0);
        pool.answered(*endpoint, 5ms, 50ms, now);
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

TEST(Pool, MayBePublishedToWhileWorkersPick) {
    std::array<boost::asio::io_context, 4> loops;
    std::vector<net::Executor> executors;
    for (auto& loop : loops) executors.push_back(loop.get_executor());
    const auto pool = std::make_shared<Pool>(named("busy"), executors, std::make_shared<upstream::LivePool>());
    pool->start_with(make_endpoints({1, 1}));
    std::vector<std::unique_ptr<Picker>> pickers;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        pickers.push_back(std::make_unique<Picker>(Picker{*pool, loops[i], i}));
        threads.emplace_back([&loop = loops[i], picker = pickers.back().get()] {
            picker->pick();
            loop.run();
        });
    }
    for (int i = 0; i < 200; ++i) pool->publish(pool, make_endpoints({1, 2, 3}));
    for (std::thread& thread : threads) thread.join();
    for (const auto& picker : pickers) EXPECT_EQ(picker->missed, 0);
}

}  // namespace
}  // namespace upstream_tests
