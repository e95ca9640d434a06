// Variables and templates: reading, printing, and what is refused.
#include "config/variable.hpp"

#include <string>

#include <gtest/gtest.h>

namespace config_tests {
namespace {

using config::parse_template;
using config::Variable;

TEST(FindVariable, KnowsEveryNameItLists) {
    for (const auto name : config::variable_names()) {
        const std::string full = std::string(name) + (name.ends_with('_') ? "x" : "");
        const auto part = config::find_variable(full);
        ASSERT_TRUE(part) << full;
        EXPECT_EQ(config::variable_name(*part), full);
    }
}

TEST(FindVariable, FamiliesNeedAName) {
    EXPECT_FALSE(config::find_variable("http_"));
    EXPECT_FALSE(config::find_variable("arg_"));
    EXPECT_FALSE(config::find_variable("cookie_"));
}

TEST(FindVariable, FamilyNamesHaveNoCase) {
    EXPECT_EQ(config::find_variable("http_Upgrade"), config::find_variable("http_upgrade"));
}

TEST(ParseTemplate, SplitsLiteralsAndVariables) {
    const auto parsed = parse_template("a$host:${server_port}/$http_upgrade");
    ASSERT_EQ(parsed.error, "");
    const std::vector<config::Template::Part> expected = {{std::nullopt, "a"}, {Variable::host, ""},
                                                          {std::nullopt, ":"}, {Variable::server_port, ""},
                                                          {std::nullopt, "/"}, {Variable::http_, "upgrade"}};
    EXPECT_EQ(parsed.value.parts, expected);
}

TEST(ParseTemplate, EmptyTextHasNoParts) {
    EXPECT_TRUE(parse_template("").value.parts.empty());
}

struct BadRow {
    const char* text;
    const char* error;
    const char* hint;
};

class BadTemplate : public testing::TestWithParam<BadRow> {};

TEST_P(BadTemplate, IsRefused) {
    const auto parsed = parse_template(GetParam().text);
    EXPECT_EQ(parsed.error, GetParam().error);
    EXPECT_EQ(parsed.hint, GetParam().hint);
}

constexpr const char* name_hint = "a dollar sign is followed by a name: $host or ${host}";
INSTANTIATE_TEST_SUITE_P(Table, BadTemplate,
                         testing::Values(BadRow{"$", "invalid variable name", name_hint},
                                         BadRow{"$ host", "invalid variable name", name_hint},
                                         BadRow{"${host", "invalid variable name", name_hint},
                                         BadRow{"${}", "invalid variable name", name_hint},
                                         BadRow{"$hots", "unknown variable \"$hots\"",
                                                "did you mean \"host\"?"},
                                         BadRow{"$1", "unknown variable \"$1\"", ""}));

TEST(Template, PrintsWhatParsesToTheSame) {
    for (const auto* text :
         {"$host", "${host}x", "${host}_", "$host-x", "$host$uri", "plain", "", "a${host}9b$uri"}) {
        EXPECT_EQ(to_string(parse_template(text).value), text);
    }
    EXPECT_EQ(to_string(parse_template("${host}").value), "$host");
}

}  // namespace
}  // namespace config_tests
