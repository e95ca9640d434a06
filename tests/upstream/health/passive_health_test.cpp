// max_fails and fail_timeout as a table of events in time.
#include "upstream/health/passive_health.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;

// What happens `at` a time, or whether a request is allowed then.
struct Event {
    enum class Kind { fails, succeeds, allowed, refused };
    net::Duration at;
    Kind kind;
};
constexpr auto fails = Event::Kind::fails;
constexpr auto succeeds = Event::Kind::succeeds;
constexpr auto allowed = Event::Kind::allowed;
constexpr auto refused = Event::Kind::refused;

struct Row {
    std::string name;
    unsigned max_fails;
    net::Duration fail_timeout;
    std::vector<Event> events;
};

class PassiveHealth : public testing::TestWithParam<Row> {};

TEST_P(PassiveHealth, Follows) {
    const Row& row = GetParam();
    upstream::PassiveHealth health;
    const upstream::FailureLimits limits{row.max_fails, row.fail_timeout};
    const auto taken = [&](net::TimePoint now) { return health.allows(now, limits) && health.claim(now, limits); };
    const net::TimePoint start{1h};
    for (const Event& event : row.events) {
        const net::TimePoint now = start + event.at;
        switch (event.kind) {
            case fails: health.failed(now, limits); break;
            case succeeds: health.succeeded(); break;
            case allowed: EXPECT_TRUE(taken(now)) << "at " << event.at.count() << " ms"; break;
            case refused: EXPECT_FALSE(taken(now)) << "at " << event.at.count() << " ms"; break;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, PassiveHealth,
    testing::Values(
        Row{"AllowsAtTheBeginning", 1, 10s, {{0s, allowed}}},
        Row{"OneFailureTakesItOut", 1, 10s, {{0s, fails}, {0s, refused}, {9999ms, refused}}},
        Row{"ItIsTriedAgainAfterFailTimeout", 1, 10s, {{0s, fails}, {10s, refused}, {10001ms, allowed}}},
        Row{"FewerThanMaxFailsDoNotCount", 3, 10s, {{0s, fails}, {1s, fails}, {1s, allowed}}},
        Row{"MaxFailsWithinTheWindowTakeItOut", 3, 10s, {{0s, fails}, {5s, fails}, {9s, fails}, {9s, refused},
                                                         {19s, refused}, {20s, allowed}}},
        Row{"OldFailuresAreForgotten", 2, 10s, {{0s, fails}, {11s, fails}, {11s, allowed}}},
        Row{"TheWindowBeginsWithItsFirstFailure", 2, 10s, {{0s, fails}, {11s, fails}, {20s, fails}, {20s, refused}}},
        Row{"ASuccessInBetweenDoesNotWipeTheWindow", 2, 10s,
            {{0s, fails}, {1s, succeeds}, {2s, fails}, {2s, refused}}},
        Row{"ARequestBegunBeforeTheOutageDoesNotEndIt", 1, 10s, {{0s, fails}, {1s, succeeds}, {2s, refused}}},
        Row{"ASuccessAfterTheOutageForgetsIt", 2, 10s,
            {{0s, fails}, {0s, fails}, {11s, allowed}, {11s, succeeds}, {12s, fails}, {12s, allowed}}},
        Row{"OneFailureAfterTheOutageTakesItOutAgain", 2, 10s,
            {{0s, fails}, {0s, fails}, {11s, allowed}, {12s, fails}, {12s, refused}, {22s, refused}, {23s, allowed}}},
        Row{"OnlyOneRequestTriesItAgain", 1, 10s,
            {{0s, fails}, {11s, allowed}, {11s, refused}, {21s, refused}, {22s, allowed}, {22s, refused}}},
        Row{"AllAreAllowedOnceTheTrialSucceeded", 1, 10s,
            {{0s, fails}, {11s, allowed}, {12s, refused}, {12s, succeeds}, {12s, allowed}, {12s, allowed}}},
        Row{"ZeroMaxFailsNeverTakesItOut", 0, 10s, {{0s, fails}, {0s, fails}, {0s, fails}, {0s, allowed}}},
        Row{"MoreFailuresProlongTheOutage", 1, 10s, {{0s, fails}, {5s, fails}, {14s, refused}, {16s, allowed}}}),
    [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

}  // namespace
}  // namespace upstream_tests
