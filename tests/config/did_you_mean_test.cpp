// Edit distance and suggestions.
#include "config/did_you_mean.hpp"

#include <gtest/gtest.h>

namespace config_tests {
namespace {

using config::did_you_mean;
using config::edit_distance;

TEST(EditDistance, CountsEachKindOfMistakeOnce) {
    EXPECT_EQ(edit_distance("listen", "listen"), 0U);
    EXPECT_EQ(edit_distance("listn", "listen"), 1U);
    EXPECT_EQ(edit_distance("listten", "listen"), 1U);
    EXPECT_EQ(edit_distance("lisben", "listen"), 1U);
    EXPECT_EQ(edit_distance("lisetn", "listen"), 1U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abc", ""), 3U);
}

TEST(DidYouMean, NamesTheNearest) {
    EXPECT_EQ(did_you_mean("proxy_pas", {"proxy_pass", "proxy_redirect"}), "did you mean \"proxy_pass\"?");
}

TEST(DidYouMean, TakesTheFirstOfTwoEquallyNear) {
    EXPECT_EQ(did_you_mean("servex", {"server", "serves"}), "did you mean \"server\"?");
}

TEST(DidYouMean, SaysNothingWhenNothingIsNear) {
    EXPECT_EQ(did_you_mean("lua_code_cache", {"proxy_pass", "listen"}), "");
    EXPECT_EQ(did_you_mean("x", {"if"}), "");
    EXPECT_EQ(did_you_mean("listen", {}), "");
}

TEST(DidYouMean, DoesNotCompareTextsOfAnyLength) {
    EXPECT_EQ(did_you_mean(std::string(100'000, 'a'), {"listen"}), "");
}

}  // namespace
}  // namespace config_tests
