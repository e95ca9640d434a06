// The head of a response as the client gets it.
#include "proxy/http/response_head.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using proxy::http::BodyEnd;
using proxy::http::client_body_end;
using proxy::http::client_response_head;
using proxy::http::Framing;
using proxy::http::Persistence;
using proxy::http::Version;

std::string head_11(unsigned status, const FieldList& list, BodyEnd end) {
    return client_response_head(response(status, list), end, Version::http_1_1, Persistence::keep_alive);
}

TEST(ClientBodyEnd, IsChunkedOrCloseWhereTheLengthIsUnknown) {
    for (const BodyEnd end : {BodyEnd::chunked, BodyEnd::close}) {
        EXPECT_EQ(client_body_end({end, 0}, Version::http_1_1), BodyEnd::chunked);
        EXPECT_EQ(client_body_end({end, 0}, Version::http_1_0), BodyEnd::close);
    }
}

TEST(ClientBodyEnd, StaysWhereTheLengthIsKnown) {
    for (const BodyEnd end : {BodyEnd::no_body, BodyEnd::length})
        for (const Version version : {Version::http_1_0, Version::http_1_1})
            EXPECT_EQ(client_body_end({end, 5}, version), end);
}

TEST(ClientResponseHead, KeepsOrderAndCase) {
    EXPECT_EQ(head_11(200, {{"x-B", "1"}, {"SET-cookie", "a"}, {"X-a", ""}, {"SET-cookie", "b"}, {"Content-Length", "5"}},
                      BodyEnd::length),
              "HTTP/1.1 200 Reason\r\nx-B: 1\r\nSET-cookie: a\r\nX-a: \r\nSET-cookie: b\r\nContent-Length: 5\r\n\r\n");
}

TEST(ClientResponseHead, DropsWhatConcernsTheUpstreamsHop) {
    EXPECT_EQ(head_11(200,
                      {{"Connection", "keep-alive, X-Hop"}, {"Keep-Alive", "timeout=5"}, {"X-Hop", "1"},
                       {"Upgrade", "h2c"}, {"Proxy-Connection", "keep-alive"}, {"Content-Length", "0"}},
                      BodyEnd::length),
              "HTTP/1.1 200 Reason\r\nContent-Length: 0\r\n\r\n");
}

TEST(ClientResponseHead, FramesAnew) {
    EXPECT_EQ(head_11(200, {{"Transfer-Encoding", "chunked"}}, BodyEnd::chunked),
              "HTTP/1.1 200 Reason\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(head_11(200, {}, BodyEnd::close), "HTTP/1.1 200 Reason\r\n\r\n");
}

TEST(ClientResponseHead, KeepsTheLengthOfABodyThatIsNotSent) {
    EXPECT_EQ(head_11(304, {{"Content-Length", "5"}}, BodyEnd::no_body),
              "HTTP/1.1 304 Reason\r\nContent-Length: 5\r\n\r\n");
}

TEST(ClientResponseHead, GivesNoLengthWith204) {
    EXPECT_EQ(head_11(204, {{"Content-Length", "5"}}, BodyEnd::no_body), "HTTP/1.1 204 Reason\r\n\r\n");
}

TEST(ClientResponseHead, NamesTheProtocolToUpgradeToWith426) {
    EXPECT_EQ(head_11(426, {{"Upgrade", "websocket"}, {"Content-Length", "0"}}, BodyEnd::length),
              "HTTP/1.1 426 Reason\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n");
}

TEST(ClientResponseHead, SaysWhatBecomesOfTheConnection) {
    const auto head = response(200, {});
    const auto text = [&](Version version, Persistence persistence) {
        return client_response_head(head, BodyEnd::no_body, version, persistence);
    };
    EXPECT_EQ(text(Version::http_1_1, Persistence::keep_alive), "HTTP/1.1 200 Reason\r\n\r\n");
    EXPECT_EQ(text(Version::http_1_1, Persistence::close), "HTTP/1.1 200 Reason\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(text(Version::http_1_0, Persistence::keep_alive), "HTTP/1.1 200 Reason\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(text(Version::http_1_0, Persistence::close), "HTTP/1.1 200 Reason\r\nConnection: close\r\n\r\n");
}

TEST(ClientInterimHead, HasNoConnectionField) {
    EXPECT_EQ(client_interim_head(response(103, {{"Link", "</a>"}, {"Connection", "close"}})),
              "HTTP/1.1 103 Reason\r\nLink: </a>\r\n\r\n");
}

TEST(ClientUpgradeHead, IsAsItCame) {
    EXPECT_EQ(client_upgrade_head(response(101, {{"upgrade", "WebSocket"}, {"Connection", "Upgrade"}, {"X", "y"}})),
              "HTTP/1.1 101 Reason\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\nX: y\r\n\r\n");
}

}  // namespace
}  // namespace proxy_tests
