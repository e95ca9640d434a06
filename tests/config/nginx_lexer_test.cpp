// Words, quotes, escapes, comments and places of nginx syntax.
#include "config/nginx_lexer.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config_tests {
namespace {

using config::NginxToken;
using Kind = config::NginxToken::Kind;

struct Lexed {
    std::string text;  ///< tokens one after another: words as <word>, the rest as they are
    std::vector<NginxToken> tokens;
    std::vector<config::Diagnostic> diagnostics;
};

Lexed lex(const std::string& text) {
    config::Report report;
    const auto file = report.add_source({"t.conf", text, std::nullopt});
    config::NginxLexer lexer(report.source(file).text, file, report);
    Lexed result;
    while (true) {
        auto token = lexer.next();
        switch (token.kind) {
            case Kind::word: result.text += '<' + token.text + '>'; break;
            case Kind::semicolon: result.text += ';'; break;
            case Kind::open_brace: result.text += '{'; break;
            case Kind::close_brace: result.text += '}'; break;
            case Kind::end: result.diagnostics = report.take_diagnostics(); return result;
        }
        result.tokens.push_back(std::move(token));
    }
}

struct Row {
    const char* text;
    const char* tokens;
};

class NginxTokens : public testing::TestWithParam<Row> {};

TEST_P(NginxTokens, ReadsTokens) {
    const auto lexed = lex(GetParam().text);
    EXPECT_EQ(lexed.text, GetParam().tokens);
    EXPECT_TRUE(lexed.diagnostics.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, NginxTokens,
    testing::Values(Row{"", ""}, Row{" \t\r\n", ""}, Row{"a b;", "<a><b>;"}, Row{"a\tb\r\n;", "<a><b>;"},
                    Row{"a{b;}", "<a>{<b>;}"}, Row{"# c ; {\na;", "<a>;"}, Row{"a # c\n;", "<a>;"},
                    Row{"a#b;", "<a#b>;"}, Row{"a \"b c\" 'd;e';", "<a><b c><d;e>;"},
                    Row{"a \"it's\" 'say \"x\"';", "<a><it's><say \"x\">;"}, Row{"a b\"c;", "<a><b\"c>;"},
                    Row{R"(a "b\"c" 'd\'e';)", R"(<a><b"c><d'e>;)"}, Row{R"(a b\ c;)", R"(<a><b\ c>;)"},
                    Row{R"(a b\;c;)", R"(<a><b\;c>;)"}, Row{R"(a b\{c;)", R"(<a><b\{c>;)"},
                    Row{R"(a "x\ty\\z";)", "<a><x\ty\\z>;"}, Row{R"(a "\d+";)", R"(<a><\d+>;)"},
                    Row{"a ${b}c;", "<a><${b}c>;"}, Row{"a x}y;", "<a><x}y>;"}, Row{"a \"\";", "<a><>;"},
                    Row{"a \"b\nc\";", "<a><b\nc>;"}, Row{"a \"b\"{", "<a><b>{"}, Row{"a b\\", "<a><b\\>"},
                    Row{"\xEF\xBB\xBF"
                        "a;",
                        "<a>;"}));

TEST(NginxLexer, GivesLineAndColumnInCharacters) {
    const auto lexed = lex("a;\n\xC3\xA4\xC3\xB6 \xE2\x82\xAC b;");
    ASSERT_EQ(lexed.tokens.size(), 6U);
    EXPECT_EQ(lexed.tokens[0].span, (config::Span{0, 1, 1}));
    EXPECT_EQ(lexed.tokens[1].span, (config::Span{0, 1, 2}));
    EXPECT_EQ(lexed.tokens[2].span, (config::Span{0, 2, 1}));
    EXPECT_EQ(lexed.tokens[3].span, (config::Span{0, 2, 4}));
    EXPECT_EQ(lexed.tokens[4].span, (config::Span{0, 2, 6}));
}

TEST(NginxLexer, GoesOnBehindAnUnclosedQuote) {
    const auto lexed = lex("a \"b;\nc d;\n");
    EXPECT_THAT(lexed.text, testing::EndsWith(";<c><d>;"));
    ASSERT_EQ(lexed.diagnostics.size(), 1U);
    EXPECT_EQ(lexed.diagnostics[0].message, "this quote is not closed");
    EXPECT_EQ(lexed.diagnostics[0].line, 1U);
    EXPECT_EQ(lexed.diagnostics[0].column, 3U);
}

TEST(NginxLexer, WantsSpaceBehindAQuote) {
    const auto lexed = lex("a \"b\"c;");
    ASSERT_EQ(lexed.diagnostics.size(), 1U);
    EXPECT_EQ(lexed.diagnostics[0].column, 6U);
}

TEST(NginxLexer, RefusesNulAndEndlessWords) {
    EXPECT_EQ(lex(std::string("a\0b;", 4)).diagnostics.size(), 1U);
    EXPECT_EQ(lex(std::string(65536, 'a')).diagnostics.size(), 0U);
    EXPECT_EQ(lex(std::string(65537, 'a')).diagnostics.size(), 1U);
}

TEST(NginxLexer, SkipsAByteOrderMarkAtTheBeginning) {
    const auto lexed =
        lex("\xEF\xBB\xBF"
            "a;");
    EXPECT_EQ(lexed.text, "<a>;");
    EXPECT_EQ(lexed.tokens.front().span, (config::Span{0, 1, 1}));
}

TEST(NginxLexer, WantsWordsInUtf8AndCommentsInAnything) {
    EXPECT_EQ(lex("a \xC3\xA4;").diagnostics.size(), 0U);
    EXPECT_EQ(lex("# \xFF\na;").diagnostics.size(), 0U);
    for (const auto* bad :
         {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
        EXPECT_EQ(lex(bad).diagnostics.size(), 1U);
    }
}

TEST(NginxLexer, AnEscapeAtTheVeryEndOfAQuoteIsAnUnclosedQuote) {
    EXPECT_EQ(lex("a \"b\\").diagnostics.size(), 1U);
    EXPECT_EQ(lex("a \"b\\\"").diagnostics.size(), 1U);
}

}  // namespace
}  // namespace config_tests
