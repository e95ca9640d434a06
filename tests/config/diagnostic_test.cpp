// How a diagnostic is shown: caret, tabs, long lines, control characters, include chain.
#include "config/diagnostic.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config_tests {
namespace {

config::Diagnostic sample() {
    config::Diagnostic diagnostic;
    diagnostic.file = "a.conf";
    diagnostic.line = 3;
    diagnostic.column = 5;
    diagnostic.message = "wrong";
    diagnostic.source_line = "abcdefgh";
    return diagnostic;
}

TEST(RenderDiagnostic, PutsTheCaretUnderTheColumn) {
    EXPECT_EQ(render(sample()), "a.conf:3:5: error: wrong\nabcdefgh\n    ^");
}

TEST(RenderDiagnostic, EndsWithHintAndIncludeChain) {
    auto diagnostic = sample();
    diagnostic.severity = config::Diagnostic::Severity::warning;
    diagnostic.hint = "do it right";
    diagnostic.include_chain = {"b.conf:1", "c.conf:2"};
    EXPECT_EQ(render(diagnostic),
              "a.conf:3:5: warning: wrong\nabcdefgh\n    ^\nhint: do it right\n"
              "included from b.conf:1\nincluded from c.conf:2");
}

TEST(RenderDiagnostic, KeepsTabsBeforeTheCaret) {
    auto diagnostic = sample();
    diagnostic.source_line = "\t\tab cd";
    diagnostic.column = 6;
    EXPECT_EQ(render(diagnostic), "a.conf:3:6: error: wrong\n\t\tab cd\n\t\t   ^");
}

TEST(RenderDiagnostic, CountsCharactersNotBytes) {
    auto diagnostic = sample();
    diagnostic.source_line = "\xC3\xA4\xE2\x82\xAC = 1";
    diagnostic.column = 6;
    EXPECT_THAT(render(diagnostic), testing::EndsWith("\n     ^"));
}

TEST(RenderDiagnostic, CutsLongLinesAroundTheCaret) {
    auto diagnostic = sample();
    diagnostic.source_line = std::string(500, 'x') + 'Y' + std::string(500, 'z');
    diagnostic.column = 501;
    const auto text = render(diagnostic);
    EXPECT_THAT(text,
                testing::HasSubstr("\n..." + std::string(60, 'x') + 'Y' + std::string(59, 'z') + "...\n"));
    EXPECT_THAT(text, testing::EndsWith('\n' + std::string(63, ' ') + '^'));
}

TEST(RenderDiagnostic, ShowsNoControlCharacters) {
    auto diagnostic = sample();
    diagnostic.message = "un\x1b[31mknown";
    diagnostic.source_line = "a\x1b[0mb";
    EXPECT_THAT(render(diagnostic), testing::Not(testing::HasSubstr("\x1b")));
}

TEST(RenderDiagnostic, OfAWholeFileHasNoLine) {
    config::Diagnostic diagnostic;
    diagnostic.file = "a.conf";
    diagnostic.message = "cannot be read";
    EXPECT_EQ(render(diagnostic), "a.conf: error: cannot be read");
}

TEST(RenderDiagnostic, SurvivesAColumnBehindTheLine) {
    auto diagnostic = sample();
    diagnostic.column = 4'000'000'000;
    EXPECT_THAT(render(diagnostic), testing::EndsWith("\n        ^"));
}

}  // namespace
}  // namespace config_tests
