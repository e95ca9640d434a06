// What holds for every method while several workers pick, fail and give back at the same time.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"
#include "upstream/balancing.hpp"

namespace upstream_tests {
namespace {

using upstream::Lease;

const net::TimePoint now{std::chrono::hours(1)};
constexpr unsigned most_conns = 3;

const config::Template key_text = config::parse_template("$arg_room").value;

class EveryMethod : public testing::TestWithParam<config::Balance> {
  protected:
    EveryMethod() {
        for (unsigned number = 0; number < 6; ++number) {
            config::Endpoint line = settings(1 + number % 3);
            line.max_conns = number < 4 ? most_conns : 0;
            line.down = number == 5;
            endpoints.push_back(make_endpoint(line, number, live));
        }
        balancer = upstream::make_balancer(GetParam(), endpoints, live);
    }

    std::optional<Lease> take(const std::string& key, upstream::Tried tried) {
        for (;;) {
            auto endpoint = balancer->next({key, key}, now, tried);
            if (!endpoint) return std::nullopt;
            if (auto lease = Lease::take(std::move(endpoint), now)) return lease;
        }
    }

    // What one worker does: takes and gives back leases in no order, and looks at each that it gets.
    void work(unsigned seed) {
        std::minstd_rand random(seed);
        std::vector<Lease> held;
        for (int i = 0; i < 3000; ++i) {
            const upstream::Endpoints tried{endpoints[random() % endpoints.size()]};
            auto lease = take(std::to_string(random() % 100) + "xxx", tried);
            if (lease) {
                const std::size_t index = index_of(endpoints, &**lease);
                if (index == 5 || lease->endpoint() == tried[0]) ++wrong;
                if (index < 4 && (*lease)->leases() > most_conns) ++wrong;
                held.push_back(std::move(*lease));
            }
            while (held.size() > random() % 12) held.pop_back();
        }
    }

    std::shared_ptr<upstream::LivePool> live = std::make_shared<upstream::LivePool>();
    upstream::Endpoints endpoints;
    std::unique_ptr<upstream::Balancer> balancer;
    std::atomic<unsigned> wrong{0};
};

TEST_P(EveryMethod, PicksOnlyWhatIsEligibleAndGetsEveryLeaseBack) {
    std::vector<std::thread> threads;
    for (unsigned seed = 1; seed <= 4; ++seed) threads.emplace_back([this, seed] { work(seed); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0u);
    for (const auto& endpoint : endpoints) EXPECT_EQ(endpoint->leases(), 0u);
    EXPECT_EQ(live->leases(), 0u);
}

// As long as an endpoint has room, somebody finds it.
TEST_P(EveryMethod, FillsThePoolToTheLastPlace) {
    const upstream::Endpoints unlimited{endpoints[4]};
    std::vector<Lease> held;
    while (auto lease = take(std::to_string(held.size()) + "xxx", unlimited)) held.push_back(std::move(*lease));
    EXPECT_EQ(held.size(), 4 * most_conns);
    held.pop_back();
    EXPECT_TRUE(take("another", unlimited));
}

TEST_P(EveryMethod, PicksNothingWhenAllHaveFailed) {
    for (const auto& endpoint : endpoints) endpoint->failed(now);
    EXPECT_FALSE(take("key", {}));
}

TEST_P(EveryMethod, PassesOverWhatHealthChecksKeepOut) {
    endpoints[0]->probed(0, upstream::ActiveHealth::Result::failed, {1, 1}, now);
    endpoints[1]->active_health().await(1);
    for (unsigned number = 0; number < 200; ++number) {
        const auto lease = take(std::to_string(number) + "xxx", {});
        ASSERT_TRUE(lease);
        const std::size_t index = index_of(endpoints, &**lease);
        EXPECT_TRUE(index >= 2 && index <= 4) << index;
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryMethod,
    testing::Values(config::RoundRobin{}, config::LeastConn{}, config::LeastTime{}, config::IpHash{},
                    config::Random{config::Random::Choice::one}, config::Random{config::Random::Choice::two_least_conn},
                    config::Random{config::Random::Choice::two_least_time}, config::Hash{key_text},
                    config::Hash{key_text, true}, config::Hash{key_text, true, 125}),
    [](const testing::TestParamInfo<config::Balance>& method) {
        std::string name(config::method_name(method.param));
        std::erase(name, ' ');
        return name + std::to_string(method.index);
    });

}  // namespace
}  // namespace upstream_tests
