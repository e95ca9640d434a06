// The bytes of a frame, as the page reads them.
#include "trend/frame.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_literals;

TEST(Frame, IsAHeaderAndTwoColumnsInLittleEndian) {
    const std::vector<trend::Sample> samples = {{1.0, 0.5F}, {2.0, -2.0F}};
    EXPECT_EQ(trend::encode_frame(trend::FrameKind::history, {3, 0x01020304}, samples),
              "\x01\0\0\0"s
              "\x02\0\0\0"s
              "\x03\0\0\0"s
              "\x04\x03\x02\x01"s
              "\0\0\0\0\0\0\xF0\x3F"s
              "\0\0\0\0\0\0\0\x40"s
              "\0\0\0\x3F"s
              "\0\0\0\xC0"s);
}

TEST(Frame, MayBeEmpty) {
    EXPECT_EQ(trend::encode_frame(trend::FrameKind::live, {0, 0}, {}), "\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s);
}

}  // namespace
