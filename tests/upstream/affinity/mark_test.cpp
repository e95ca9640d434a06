// Marks: made with a key, stable, and spelled in hexadecimal.
#include "upstream/affinity/mark.hpp"

#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using upstream::mark_from_hex;
using upstream::MarkKey;
using upstream::to_hex;

TEST(Mark, IsTheFirstHalfOfAnHmac) {
    // RFC 4231, test case 2, which is about HMAC-SHA-256 as a whole.
    EXPECT_EQ(to_hex(MarkKey("Jefe").mark("what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c7");
}

TEST(Mark, IsTheSameForWhoeverHasTheSecret) {
    EXPECT_EQ(MarkKey("one secret").mark("127.0.0.1:7000"), MarkKey("one secret").mark("127.0.0.1:7000"));
}

TEST(Mark, DependsOnTheSecretAndOnTheName) {
    EXPECT_NE(MarkKey("one secret").mark("127.0.0.1:7000"), MarkKey("two secret").mark("127.0.0.1:7000"));
    EXPECT_NE(MarkKey("one secret").mark("127.0.0.1:7000"), MarkKey("one secret").mark("127.0.0.1:7001"));
}

TEST(Mark, IsNobodyElsesWithoutASecret) {
    const MarkKey mine;
    EXPECT_EQ(mine.mark("a"), mine.mark("a"));
    EXPECT_NE(mine.mark("a"), MarkKey().mark("a"));
}

TEST(Mark, IsReadBackInEitherCase) {
    const upstream::Mark mark = MarkKey("key").mark("name");
    EXPECT_EQ(mark_from_hex(to_hex(mark)), mark);
    EXPECT_EQ(mark_from_hex("5BDCC146BF60754E6A042426089575C7"), mark_from_hex("5bdcc146bf60754e6a042426089575c7"));
}

TEST(Mark, IsNotReadFromAnythingElse) {
    const std::string digits = "5bdcc146bf60754e6a042426089575c7";
    for (const std::string& text : {std::string(), digits.substr(1), digits + "0", "g" + digits.substr(1),
                                    " " + digits.substr(1), std::string(32, '\0'), std::string(100'000, 'a')})
        EXPECT_FALSE(mark_from_hex(text)) << text.substr(0, 40);
}

}  // namespace
}  // namespace upstream_tests
