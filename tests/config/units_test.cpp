// Durations, sizes and counts: what is accepted, what is refused, and that printing is the inverse.
#include "config/units.hpp"

#include <gtest/gtest.h>

namespace config_tests {
namespace {

using namespace std::chrono_literals;
using config::Duration;

struct DurationRow {
    const char* text;
    std::optional<Duration> value;
};

class ParseDuration : public testing::TestWithParam<DurationRow> {};

TEST_P(ParseDuration, FollowsNginx) {
    EXPECT_EQ(config::parse_duration(GetParam().text), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseDuration,
    testing::Values(DurationRow{"0", 0ms}, DurationRow{"10", 10s}, DurationRow{"10s", 10s},
                    DurationRow{"500ms", 500ms}, DurationRow{"1h30m", 90min}, DurationRow{"1h 30m", 90min},
                    DurationRow{"1m30", 90s}, DurationRow{"1m 30", 90s}, DurationRow{"1s500ms", 1500ms},
                    DurationRow{"2d", 48h}, DurationRow{"1w", 168h}, DurationRow{"1M", 720h},
                    DurationRow{"1y", 8760h}, DurationRow{"100y", 876000h}, DurationRow{"", std::nullopt},
                    DurationRow{"s", std::nullopt}, DurationRow{"10x", std::nullopt},
                    DurationRow{"1.5s", std::nullopt}, DurationRow{"-1", std::nullopt},
                    DurationRow{"+1", std::nullopt}, DurationRow{" 1", std::nullopt},
                    DurationRow{"1 ", std::nullopt}, DurationRow{"30m1h", std::nullopt},
                    DurationRow{"1s1s", std::nullopt}, DurationRow{"1 1", std::nullopt},
                    DurationRow{"10S", std::nullopt}, DurationRow{"101y", std::nullopt},
                    DurationRow{"100y1ms", std::nullopt}, DurationRow{"18446744073709551616", std::nullopt},
                    DurationRow{"9223372036854775807", std::nullopt}));

TEST(DurationText, ParsesBackToTheSameValue) {
    for (const Duration duration :
         {Duration{0ms}, Duration{1ms}, Duration{999ms}, Duration{1500ms}, Duration{1s}, Duration{60s},
          Duration{75s}, Duration{90min}, Duration{1h}, Duration{24h}, Duration{25h}, Duration{876000h}}) {
        EXPECT_EQ(config::parse_duration(config::duration_text(duration)), duration)
            << config::duration_text(duration);
    }
}

struct SizeRow {
    const char* text;
    std::optional<std::uint64_t> value;
};

class ParseSize : public testing::TestWithParam<SizeRow> {};

TEST_P(ParseSize, FollowsNginx) {
    EXPECT_EQ(config::parse_size(GetParam().text), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseSize,
    testing::Values(SizeRow{"0", 0}, SizeRow{"1", 1}, SizeRow{"8k", 8192}, SizeRow{"8K", 8192},
                    SizeRow{"1m", 1048576}, SizeRow{"1M", 1048576}, SizeRow{"2g", 2147483648},
                    SizeRow{"2G", 2147483648}, SizeRow{"9223372036854775807", 9223372036854775807U},
                    SizeRow{"9223372036854775808", std::nullopt}, SizeRow{"9007199254740992k", std::nullopt},
                    SizeRow{"", std::nullopt}, SizeRow{"k", std::nullopt}, SizeRow{"1kb", std::nullopt},
                    SizeRow{"1 k", std::nullopt}, SizeRow{"-1", std::nullopt}, SizeRow{"1t", std::nullopt},
                    SizeRow{"1.5m", std::nullopt}));

TEST(SizeText, ParsesBackToTheSameValue) {
    for (const std::uint64_t bytes :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{1024}, std::uint64_t{1025},
          std::uint64_t{1048576}, std::uint64_t{3} << 30U}) {
        EXPECT_EQ(config::parse_size(config::size_text(bytes)), bytes) << config::size_text(bytes);
    }
}

TEST(ParseCount, IsBounded) {
    EXPECT_EQ(config::parse_count("0"), 0U);
    EXPECT_EQ(config::parse_count("1000", 1000), 1000U);
    EXPECT_EQ(config::parse_count("1001", 1000), std::nullopt);
    EXPECT_EQ(config::parse_count("1x"), std::nullopt);
    EXPECT_EQ(config::parse_count(""), std::nullopt);
    EXPECT_EQ(config::parse_count("99999999999999999999"), std::nullopt);
}

}  // namespace
}  // namespace config_tests
