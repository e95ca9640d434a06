// The printer alone: quoting, and models no file can be found for in the golden cases.
#include "config/printer.hpp"

#include "config/loader.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config_tests {
namespace {

using testing::HasSubstr;

TEST(PrintToml, QuotesWhatTomlCannotHoldBare) {
    config::Model model;
    model.user.name = "a\"b\\c\td\x01\x7F";
    const auto text = config::print_toml(model);
    EXPECT_THAT(text, HasSubstr(R"(user = "a\"b\\c\u0009d\u0001\u007F")"));
    const auto again = config::load_text("a.toml", text, {});
    ASSERT_NE(again.model, nullptr);
    EXPECT_EQ(again.model->user.name, model.user.name);
}

TEST(PrintToml, KeepsUtf8) {
    config::Model model;
    model.user.name = "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
    const auto again = config::load_text("a.toml", config::print_toml(model), {});
    ASSERT_NE(again.model, nullptr);
    EXPECT_EQ(again.model->user.name, model.user.name);
}

TEST(PrintToml, WritesRepeatedHeaderRulesAsAList) {
    const auto loaded = config::load_text(
        "a.conf", "server { proxy_set_header A 1; proxy_set_header B 2; proxy_set_header A 3; }", {});
    ASSERT_NE(loaded.model, nullptr);
    const auto text = config::print_toml(*loaded.model);
    EXPECT_THAT(text, HasSubstr(R"(proxy_set_header = [["A", "1"], ["B", "2"], ["A", "3"], )"));
    const auto again = config::load_text("a.toml", text, {});
    ASSERT_NE(again.model, nullptr);
    EXPECT_EQ(*again.model, *loaded.model);
}

}  // namespace
}  // namespace config_tests
