// Rise and fall counts as a table of results.
#include "upstream/health/active_health.hpp"

#include <string>

#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using upstream::ActiveHealth;
using Change = ActiveHealth::Change;

// One letter for each result that comes in: '+' passed, '-' failed; and for what comes of it: '.' nothing, 'F' it
// falls, 'R' it rises.
std::string changes(ActiveHealth& health, const std::string& results, const upstream::VerdictLimits& limits,
                    std::size_t check = 0) {
    std::string letters;
    for (const char result : results) {
        const auto change =
            health.count(check, result == '+' ? ActiveHealth::Result::passed : ActiveHealth::Result::failed, limits);
        letters += change == Change::fell ? 'F' : change == Change::rose ? 'R' : '.';
    }
    return letters;
}

struct Row {
    std::string name;
    upstream::VerdictLimits limits;
    bool mandatory;
    std::string results;
    std::string changes;
};

class RiseAndFall : public testing::TestWithParam<Row> {};

TEST_P(RiseAndFall, Follows) {
    ActiveHealth health;
    if (GetParam().mandatory) health.await(1);
    EXPECT_EQ(health.awaited(), GetParam().mandatory);
    EXPECT_EQ(changes(health, GetParam().results, GetParam().limits), GetParam().changes);
    EXPECT_FALSE(health.awaited());
    const bool fell_last = GetParam().changes.find_last_of("FR") != std::string::npos &&
                           GetParam().changes[GetParam().changes.find_last_of("FR")] == 'F';
    EXPECT_EQ(health.failing(), fell_last);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RiseAndFall,
    testing::Values(Row{"OneFailureIsEnough", {1, 1}, false, "+-+", ".FR"},
                    Row{"ThreeFailuresInARow", {3, 1}, false, "--+---", ".....F"},
                    Row{"TwoPassesInARow", {1, 2}, false, "-+-++", "F...R"},
                    Row{"TheFirstResultsCountLikeAll", {2, 2}, false, "--++", ".F.R"},
                    Row{"AnAwaitedOneRisesWithItsFirstPass", {3, 3}, true, "+---", "R..F"},
                    Row{"AnAwaitedOneFallsWithItsFirstFailure", {3, 2}, true, "-++", "F.R"},
                    Row{"NothingChangesTwice", {1, 1}, false, "---+++", "F..R.."}),
    [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

TEST(ActiveHealth, IsAsBadAsTheWorstCheck) {
    ActiveHealth health;
    EXPECT_EQ(changes(health, "-", {1, 1}, 0), "F");
    EXPECT_EQ(changes(health, "-", {1, 1}, 1), ".");
    EXPECT_EQ(changes(health, "+", {1, 1}, 0), ".");
    EXPECT_TRUE(health.failing());
    EXPECT_EQ(changes(health, "+", {1, 1}, 1), "R");
}

TEST(ActiveHealth, WaitsForAllMandatoryChecks) {
    ActiveHealth health;
    health.await(0b11);
    EXPECT_EQ(changes(health, "+", {1, 1}, 0), ".");
    EXPECT_TRUE(health.awaited());
    EXPECT_EQ(changes(health, "+", {1, 1}, 1), "R");
}

TEST(ActiveHealth, KeepsTheVerdictsOfAConfigurationBefore) {
    ActiveHealth health;
    changes(health, "+", {1, 1}, 0);
    changes(health, "-", {1, 1}, 1);
    health.keep_first(2);
    health.await(0b11);
    EXPECT_FALSE(health.awaited());
    EXPECT_TRUE(health.failing());
}

TEST(ActiveHealth, ForgetsChecksThatAreNoMore) {
    ActiveHealth health;
    changes(health, "-", {1, 1}, 1);
    health.await(0b100);
    health.keep_first(1);
    EXPECT_FALSE(health.failing());
    EXPECT_FALSE(health.awaited());
    EXPECT_EQ(health.verdict(1), ActiveHealth::Verdict::none);
}

TEST(ActiveHealth, CountsAsManyChecksAsThereMayBe) {
    ActiveHealth health;
    const std::size_t last = ActiveHealth::most_checks - 1;
    health.keep_first(ActiveHealth::most_checks);
    health.await(std::uint32_t{1} << last);
    EXPECT_TRUE(health.awaited());
    EXPECT_EQ(changes(health, "-+", {1, 1}, last), "FR");
}

}  // namespace
}  // namespace upstream_tests
