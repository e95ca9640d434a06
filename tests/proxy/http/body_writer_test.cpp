// Bodies as they are written: unchanged or chunked, with their trailers.
#include "proxy/http/chunked.hpp"

#include <array>

#include <gtest/gtest.h>

#include "proxy/http/message_reader.hpp"
#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using proxy::http::BodyEnd;
using proxy::http::BodyWriter;
using Pieces = std::vector<std::string_view>;

std::string written(const BodyWriter& writer) {
    std::string text;
    for (const auto& buffer : writer.buffers()) text.append(static_cast<const char*>(buffer.data()), buffer.size());
    return text;
}

TEST(BodyWriter, PassesAnUnchunkedBodyAsItIs) {
    for (const BodyEnd end : {BodyEnd::length, BodyEnd::close}) {
        BodyWriter writer(end);
        writer.add_pieces(Pieces{"one", "", "two"});
        writer.add_end(fields({{"X-Sum", "1"}}));
        EXPECT_EQ(written(writer), "onetwo");
    }
}

TEST(BodyWriter, MakesOneChunkOfAllPieces) {
    BodyWriter writer(BodyEnd::chunked);
    writer.add_pieces(Pieces{"0123456789", "", "abcdef"});
    EXPECT_EQ(written(writer), "10\r\n0123456789abcdef\r\n");
}

TEST(BodyWriter, MakesNoChunkOfNothing) {
    BodyWriter writer(BodyEnd::chunked);
    writer.add_pieces({});
    writer.add_pieces(Pieces{"", ""});
    EXPECT_EQ(written(writer), "");  // an empty chunk would end the body
}

TEST(BodyWriter, EndsAChunkedBody) {
    BodyWriter writer(BodyEnd::chunked);
    writer.add_end({});
    EXPECT_EQ(written(writer), "0\r\n\r\n");
}

TEST(BodyWriter, WritesHeadChunkAndEndAtOnce) {
    BodyWriter writer(BodyEnd::chunked);
    writer.add_text("HEAD\r\n\r\n");
    writer.add_pieces(Pieces{"x"});
    writer.add_end({});
    EXPECT_EQ(written(writer), "HEAD\r\n\r\n1\r\nx\r\n0\r\n\r\n");
}

TEST(BodyWriter, StartsAnewAfterClear) {
    BodyWriter writer(BodyEnd::chunked);
    writer.add_pieces(Pieces{"first"});
    writer.clear();
    writer.add_pieces(Pieces{"second"});
    EXPECT_EQ(written(writer), "6\r\nsecond\r\n");
}

TEST(BodyWriter, HasRoomForAllThatAReaderGives) {
    BodyWriter writer(BodyEnd::chunked);
    writer.add_text("head");
    writer.add_pieces(Pieces(proxy::http::RequestReader::most_pieces, "x"));
    writer.add_end({});
    EXPECT_EQ(written(writer), "head1e\r\n" + std::string(30, 'x') + "\r\n0\r\n\r\n");
}

TEST(BodyWriter, WritesTrailersInOrder) {
    BodyWriter writer(BodyEnd::chunked);
    writer.add_end(fields({{"X-Sum", "1"}, {"x-count", "2"}}));
    EXPECT_EQ(written(writer), "0\r\nX-Sum: 1\r\nx-count: 2\r\n\r\n");
}

TEST(BodyWriter, DropsTrailersThatFrameRouteOrAuthenticate) {
    for (const char* name :
         {"Transfer-Encoding", "Content-Length", "Content-Encoding", "Content-Type", "Content-Range", "Host", "Trailer",
          "Connection", "Keep-Alive", "TE", "Upgrade", "Expect", "Authorization", "Set-Cookie", "Cache-Control",
          "Max-Forwards", "Proxy-Connection", "Proxy-Authorization", "content-length"}) {
        BodyWriter writer(BodyEnd::chunked);
        writer.add_end(fields({{name, "1"}, {"X-Sum", "1"}}));
        EXPECT_EQ(written(writer), "0\r\nX-Sum: 1\r\n\r\n") << name;
    }
}

}  // namespace
}  // namespace proxy_tests
