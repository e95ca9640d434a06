// Frames of a client as RFC 6455 shows them, and those of a server at every chunk boundary.
#include "proxy/websocket/frame.hpp"

#include <gtest/gtest.h>

namespace proxy_tests {
namespace {

using proxy::websocket::client_frame;
using proxy::websocket::Frame;
using proxy::websocket::Opcode;
using proxy::websocket::ServerFrames;
using namespace std::string_literals;

TEST(ClientFrame, IsThatOfTheExampleInTheRfc) {
    // RFC 6455, 5.7: a single-frame masked text message.
    EXPECT_EQ(client_frame(Opcode::text, "Hello", {0x37, 0xFA, 0x21, 0x3D}),
              "\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58"s);
}

TEST(ClientFrame, HasTheShortestSizeThatFits) {
    const proxy::websocket::MaskKey zero{};
    EXPECT_EQ(client_frame(Opcode::ping, "", zero), "\x89\x80\0\0\0\0"s);
    EXPECT_EQ(client_frame(Opcode::text, std::string(125, 'x'), zero).substr(0, 2), "\x81\xFD"s);
    EXPECT_EQ(client_frame(Opcode::text, std::string(126, 'x'), zero).substr(0, 4), "\x81\xFE\0\x7E"s);
    EXPECT_EQ(client_frame(Opcode::binary, std::string(65535, 'x'), zero).substr(0, 4), "\x82\xFE\xFF\xFF"s);
    EXPECT_EQ(client_frame(Opcode::binary, std::string(65536, 'x'), zero).substr(0, 10),
              "\x82\xFF\0\0\0\0\0\1\0\0"s);
}

TEST(ClientFrame, ClosesWithACode) { EXPECT_EQ(proxy::websocket::close_payload(1000), "\x03\xE8"); }

TEST(ClientFrame, HasAKeyOfItsOwn) {
    EXPECT_NE(proxy::websocket::random_handshake_key(), proxy::websocket::random_handshake_key());
    EXPECT_EQ(proxy::websocket::random_handshake_key().size(), 24u);
}

std::vector<Frame> frames_of(ServerFrames& frames) {
    std::vector<Frame> all;
    while (auto frame = frames.next()) all.push_back(std::move(*frame));
    return all;
}

TEST(ServerFrames, ComeWholeAtEveryChunkBoundary) {
    const std::string text = "\x81\x05Hello"s + "\x01\x03Hel"s + "\x89\x02hi"s + "\x80\x02lo"s + "\x82\x7E\x01\0"s +
                             std::string(256, 'b') + "\x88\x02\x03\xE8"s;
    const std::vector<Frame> expected = {{Opcode::text, true, "Hello"}, {Opcode::text, false, "Hel"},
                                         {Opcode::ping, true, "hi"},    {Opcode::continuation, true, "lo"},
                                         {Opcode::binary, true, std::string(256, 'b')},
                                         {Opcode::close, true, "\x03\xE8"}};
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        ServerFrames frames(1000);
        frames.add(text.substr(0, cut));
        auto all = frames_of(frames);
        frames.add(text.substr(cut));
        for (auto& frame : frames_of(frames)) all.push_back(std::move(frame));
        EXPECT_EQ(all, expected) << "cut at " << cut;
        EXPECT_EQ(frames.problem(), "");
    }
}

TEST(ServerFrames, WithALongSizeAreTaken) {
    ServerFrames frames(70000);
    frames.add("\x82\x7F\0\0\0\0\0\1\0\0"s + std::string(65536, 'x'));
    const auto frame = frames.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->payload.size(), 65536u);
}

TEST(ServerFrames, ThatBreakTheProtocolAreRefused) {
    struct Row {
        std::string bytes;
        std::string problem;
    };
    const std::vector<Row> rows = {{"\x81\x85"s, "a masked frame"},
                                   {"\xC1\x00"s, "a frame with a reserved bit"},
                                   {"\x83\x00"s, "a frame with a reserved opcode"},
                                   {"\x8B\x00"s, "a frame with a reserved opcode"},
                                   {"\x09\x00"s, "a control frame that is long or in pieces"},
                                   {"\x88\x7E\0\x7E"s, "a control frame that is long or in pieces"},
                                   {"\x82\x7E\x03\xE9"s, "a frame that is too large"},
                                   {"\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, "a frame that is too large"}};
    for (const Row& row : rows) {
        ServerFrames frames(1000);
        frames.add(row.bytes);
        EXPECT_FALSE(frames.next());
        EXPECT_EQ(frames.problem(), row.problem);
    }
}

}  // namespace
}  // namespace proxy_tests
