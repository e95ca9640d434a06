// Places in TOML text and the nesting check.
#include "config/toml_text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace config_tests {
namespace {

using config::find_too_deep;
using config::Span;
using config::TomlText;

TEST(TomlText, CountsLinesAndCharacters) {
    const TomlText text("a\n\xC3\xA4 = 1\n", 7);
    EXPECT_EQ(text.span(0), (Span{7, 1, 1}));
    EXPECT_EQ(text.span(2), (Span{7, 2, 1}));
    EXPECT_EQ(text.span(7), (Span{7, 2, 5}));
    EXPECT_EQ(text.span(9), (Span{7, 3, 1}));
    EXPECT_EQ(text.span(1000), (Span{7, 3, 1}));
    EXPECT_EQ(text.line_start(2), 2U);
    EXPECT_EQ(text.line_start(99), 9U);
}

TEST(TomlText, FindsTheKeyBeforeItsValue) {
    const std::string source = "  abc  =  1\n\"a b\"=2\n'q' = 3\n[t.sub]\n";
    const TomlText text(source, 0);
    EXPECT_EQ(text.key_span("abc", source.find('1')), (Span{0, 1, 3}));
    EXPECT_EQ(text.key_span("a b", source.find('2')), (Span{0, 2, 1}));
    EXPECT_EQ(text.key_span("q", source.find('3')), (Span{0, 3, 1}));
    EXPECT_EQ(text.key_span("sub", source.find('[')), (Span{0, 4, 4}));
}

std::string repeated(const std::string& text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += text;
    return result;
}

TEST(FindTooDeep, CountsBracketsOutsideOfTextAndComments) {
    EXPECT_FALSE(find_too_deep("a = " + repeated("[", 32)));
    EXPECT_EQ(find_too_deep("a = " + repeated("[", 33)), 36U);
    EXPECT_FALSE(find_too_deep(repeated("[t]\n", 100)));
    EXPECT_FALSE(find_too_deep("a = \"" + repeated("[", 100) + "\""));
    EXPECT_FALSE(find_too_deep("a = '" + repeated("[", 100) + "'"));
    EXPECT_FALSE(find_too_deep("a = \"\"\"\n\"" + repeated("[", 100) + "\"\"\""));
    EXPECT_FALSE(find_too_deep("a = '''\n'" + repeated("[", 100) + "'''"));
    EXPECT_FALSE(find_too_deep("# " + repeated("[", 100)));
    EXPECT_TRUE(find_too_deep("a = \"\\\"]\" # ]\nb = " + repeated("[{", 17)));
}

TEST(FindTooDeep, CountsDotsOfAKey) {
    EXPECT_FALSE(find_too_deep(repeated("a.", 32) + "b = 1"));
    EXPECT_TRUE(find_too_deep(repeated("a.", 33) + "b = 1"));
    EXPECT_FALSE(find_too_deep("a = [" + repeated("1.5, ", 100) + "]"));
}

}  // namespace
}  // namespace config_tests
