// Frames that are followed by their heads, cut anywhere.
#include "proxy/websocket/frame_follower.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/websocket/frame.hpp"

namespace proxy_tests {
namespace {

using proxy::websocket::client_frame;
using proxy::websocket::close_payload;
using proxy::websocket::FrameFollower;
using proxy::websocket::MaskKey;
using proxy::websocket::Opcode;

const MaskKey mask{1, 2, 3, 4};
const std::string masked_close = client_frame(Opcode::close, close_payload(1000), mask);
const std::string server_close("\x88\x02\x03\xE8", 4);

bool has_closed(std::string_view bytes) {
    FrameFollower frames;
    frames.follow(bytes);
    return frames.has_closed();
}

TEST(FrameFollower, SeesACloseFrame) {
    EXPECT_TRUE(has_closed(masked_close));
    EXPECT_TRUE(has_closed(server_close));
    EXPECT_TRUE(has_closed(std::string("\x88\0", 2)));
    EXPECT_TRUE(has_closed(client_frame(Opcode::close, close_payload(1001) + "going away", mask)));
}

TEST(FrameFollower, SeesNoCloseFrameWhereThereIsNone) {
    EXPECT_FALSE(has_closed(""));
    EXPECT_FALSE(has_closed(client_frame(Opcode::text, "hello", mask)));
    EXPECT_FALSE(has_closed(client_frame(Opcode::ping, "", mask)));
    // In a payload, which may hold anything.
    EXPECT_FALSE(has_closed(std::string("\x82\x04", 2) + server_close));
    EXPECT_FALSE(has_closed(std::string("\x82\x05", 2) + server_close));
}

TEST(FrameFollower, SeesThatSomethingCameAfterIt) {
    EXPECT_FALSE(has_closed(masked_close + client_frame(Opcode::text, "more", mask)));
    EXPECT_FALSE(has_closed(server_close + "\x82"));
    EXPECT_TRUE(has_closed(server_close + server_close));
}

// As much of them is looked at as is given; the rest is known by its number.
TEST(FrameFollower, FollowsWhatIsOnlyLookedAtInItsBeginning) {
    const std::string small = client_frame(Opcode::text, "hello", mask);
    const std::string large = client_frame(Opcode::binary, std::string(70'000, '\x88'), mask);
    for (const std::size_t looked_at : {14u, 100u, 69'999u}) {
        const std::string bytes = small + large;
        const std::string_view beginning = std::string_view(bytes).substr(0, small.size() + looked_at);
        FrameFollower frames;
        EXPECT_EQ(frames.to_frame_end(beginning), bytes.size());
        const std::size_t unseen = std::min<std::size_t>(1000, bytes.size() - beginning.size());
        frames.follow(beginning, unseen);
        EXPECT_EQ(frames.latest_payload(), 70'004u) << "with its mask key";
        const std::size_t left = bytes.size() - beginning.size() - unseen;
        EXPECT_EQ(frames.to_frame_end(), left);
        frames.follow({}, left);
        EXPECT_FALSE(frames.has_closed());
        frames.follow(masked_close);
        EXPECT_TRUE(frames.has_closed());
        EXPECT_EQ(frames.latest_payload(), 0u);
    }
}

TEST(FrameFollower, KnowsNoFrameEndInAHeadThatIsCut) {
    const std::string head = client_frame(Opcode::binary, std::string(70'000, 'x'), mask).substr(0, 9);
    for (std::size_t size = 0; size < head.size(); ++size)
        EXPECT_EQ(FrameFollower().to_frame_end(std::string_view(head).substr(0, size)), size);
}

// With a size of each length, wherever the bytes are cut.
TEST(FrameFollower, FindsTheNextFrameBehindAPayloadOfAnySize) {
    for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 70000u}) {
        const std::string bytes = client_frame(Opcode::binary, std::string(size, '\x88'), mask) + masked_close;
        for (const std::size_t step : {1u, 2u, 3u, 7u, 4096u, 100000u}) {
            FrameFollower frames;
            for (std::size_t at = 0; at < bytes.size(); at += step) {
                EXPECT_FALSE(frames.has_closed());
                frames.follow(std::string_view(bytes).substr(at, step));
            }
            EXPECT_TRUE(frames.has_closed()) << size << " in steps of " << step;
        }
    }
}

TEST(FrameFollower, EndsNeverInASizeBeyondAllMeasure) {
    FrameFollower frames;
    frames.follow("\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    frames.follow(std::string(100, '\x88'));
    EXPECT_FALSE(frames.has_closed());
}

}  // namespace
}  // namespace proxy_tests
