// Whole lines, the last lines, and text that may travel in a text message.
#include "logtail/log_text.hpp"

#include <gtest/gtest.h>

namespace {

TEST(LogText, EndsAtTheLastLineFeed) {
    EXPECT_EQ(logtail::whole_lines_end(""), 0u);
    EXPECT_EQ(logtail::whole_lines_end("unfinished"), 0u);
    EXPECT_EQ(logtail::whole_lines_end("\n"), 1u);
    EXPECT_EQ(logtail::whole_lines_end("one\ntwo\nthr"), 8u);
}

TEST(LogText, FindsWhereTheLastLinesBegin) {
    const std::string_view text = "one\ntwo\n\nfour\nunfinished";
    EXPECT_EQ(logtail::last_lines_begin(text, 0), 14u);
    EXPECT_EQ(logtail::last_lines_begin(text, 1), 9u);
    EXPECT_EQ(logtail::last_lines_begin(text, 2), 8u);
    EXPECT_EQ(logtail::last_lines_begin(text, 3), 4u);
    EXPECT_EQ(logtail::last_lines_begin(text, 4), 0u);
    EXPECT_EQ(logtail::last_lines_begin(text, 400), 0u);
    EXPECT_EQ(logtail::last_lines_begin("unfinished", 3), 0u);
    EXPECT_EQ(logtail::last_lines_begin("", 3), 0u);
    EXPECT_EQ(logtail::last_lines_begin("\n", 3), 0u);
    EXPECT_EQ(logtail::last_lines_begin("\n\n", 1), 1u);
}

TEST(LogText, TakesTheLastLineFeedAway) {
    EXPECT_EQ(logtail::as_message("one\ntwo\n"), "one\ntwo");
    EXPECT_EQ(logtail::as_message("\n"), "");
    EXPECT_EQ(logtail::as_message("piece"), "piece");
}

TEST(LogText, ReplacesWhatIsNotUtf8) {
    EXPECT_EQ(logtail::as_message("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
    EXPECT_EQ(logtail::as_message("a\xFFz"), "a\xEF\xBF\xBDz");
    EXPECT_EQ(logtail::as_message("cut \xE2\x82"), "cut \xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(logtail::as_message("surrogate \xED\xA0\x80!").find("\xED\xA0\x80"), std::string::npos);
    EXPECT_EQ(logtail::as_message("overlong \xC0\xAF!").find('\xC0'), std::string::npos);
}

TEST(LogText, LosesNothingBehindATornCharacter) {
    EXPECT_EQ(logtail::as_message("\xE4 \xE4\nz"), "\xEF\xBF\xBD \xEF\xBF\xBD\nz");
    EXPECT_EQ(logtail::as_message("\xE2\xC3\xBC"), "\xEF\xBF\xBD\xC3\xBC");
}

}  // namespace
