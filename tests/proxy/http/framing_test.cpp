// How the end of a body is known: requests and responses as tables.
#include "proxy/http/framing.hpp"

#include <ostream>

#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using proxy::http::BodyEnd;
using proxy::http::Framing;
using proxy::http::MessageError;
using proxy::http::Version;

std::string text(const net::IoResult<Framing>& framing) {
    if (!framing) return framing.error().message();
    switch (framing->end) {
        case BodyEnd::no_body: return "none";
        case BodyEnd::length: return std::to_string(framing->length);
        case BodyEnd::chunked: return "chunked";
        case BodyEnd::close: return "close";
    }
    return "";
}

const std::string malformed = make_error_code(MessageError::malformed).message();
const std::string unsupported = make_error_code(MessageError::unsupported_coding).message();

struct RequestRow {
    FieldList fields;
    std::string framing;
    Version version = Version::http_1_1;
};

TEST(RequestFraming, FollowsTheTable) {
    const RequestRow rows[] = {
        {{}, "none"},
        {{{"Content-Length", "0"}}, "0"},
        {{{"Content-Length", "5"}}, "5"},
        {{{"content-length", "5"}}, "5"},
        {{{"Content-Length", "18446744073709551615"}}, "18446744073709551615"},
        {{{"Content-Length", "18446744073709551616"}}, malformed},
        {{{"Content-Length", ""}}, malformed},
        {{{"Content-Length", "-1"}}, malformed},
        {{{"Content-Length", "+5"}}, malformed},
        {{{"Content-Length", "5 "}}, malformed},
        {{{"Content-Length", " 5"}}, malformed},
        {{{"Content-Length", "5a"}}, malformed},
        {{{"Content-Length", "0x5"}}, malformed},
        {{{"Content-Length", "5,5"}}, malformed},
        {{{"Content-Length", "5, 6"}}, malformed},
        {{{"Content-Length", "5"}, {"Content-Length", "5"}}, malformed},
        {{{"Content-Length", "5"}, {"content-length", "6"}}, malformed},
        {{{"Transfer-Encoding", "chunked"}}, "chunked"},
        {{{"transfer-encoding", "Chunked"}}, "chunked"},
        {{{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}}, malformed},
        {{{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}, malformed},
        {{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, malformed},
        {{{"Transfer-Encoding", "gzip, chunked"}}, unsupported},
        {{{"Transfer-Encoding", "chunked, chunked"}}, unsupported},
        {{{"Transfer-Encoding", "chunked, identity"}}, unsupported},
        {{{"Transfer-Encoding", "xchunked"}}, unsupported},
        {{{"Transfer-Encoding", "\"chunked\""}}, unsupported},
        {{{"Transfer-Encoding", "chunked;a=b"}}, unsupported},
        {{{"Transfer-Encoding", ""}}, unsupported},
        {{{"Transfer-Encoding", "chunked"}}, malformed, Version::http_1_0},
        {{{"Content-Length", "5"}}, "5", Version::http_1_0},
        {{}, "none", Version::http_1_0},
    };
    for (const RequestRow& row : rows) {
        auto head = request("POST", "/", row.fields);
        head.version = row.version;
        const std::string shown = row.fields.empty() ? "no field" : row.fields[0].first + ": " + row.fields[0].second;
        EXPECT_EQ(text(request_framing(head)), row.framing) << shown;
    }
}

struct ResponseRow {
    unsigned status;
    const char* method;
    FieldList fields;
    std::string framing;
    Version version = Version::http_1_1;
};

TEST(ResponseFraming, FollowsTheTable) {
    const ResponseRow rows[] = {
        {200, "GET", {}, "close"},
        {200, "GET", {{"Content-Length", "5"}}, "5"},
        {200, "GET", {{"Transfer-Encoding", "chunked"}}, "chunked"},
        {200, "GET", {{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}}, malformed},
        {200, "GET", {{"Content-Length", "5"}, {"Content-Length", "5"}}, malformed},
        {200, "GET", {{"Transfer-Encoding", "gzip"}}, unsupported},
        {200, "GET", {{"Transfer-Encoding", "chunked"}}, malformed, Version::http_1_0},
        {200, "HEAD", {{"Content-Length", "5"}}, "none"},
        {200, "HEAD", {{"Transfer-Encoding", "chunked"}}, "none"},
        {200, "HEAD", {}, "none"},
        {200, "head", {{"Content-Length", "5"}}, "5"},  // methods have case
        {204, "GET", {}, "none"},
        {204, "GET", {{"Content-Length", "5"}}, "none"},
        {304, "GET", {{"Content-Length", "5"}}, "none"},
        {304, "GET", {{"Content-Length", "x"}}, malformed},
        {100, "POST", {}, "none"},
        {103, "GET", {}, "none"},
        {404, "GET", {{"Content-Length", "0"}}, "0"},
    };
    for (const ResponseRow& row : rows) {
        auto head = response(row.status, row.fields);
        head.version = row.version;
        EXPECT_EQ(text(response_framing(head, row.method)), row.framing) << row.method << " " << row.status;
    }
}

TEST(Framing, HasABodyUnlessItIsEmpty) {
    EXPECT_FALSE(Framing{}.has_body());
    EXPECT_FALSE((Framing{BodyEnd::length, 0}.has_body()));
    EXPECT_TRUE((Framing{BodyEnd::length, 1}.has_body()));
    EXPECT_TRUE((Framing{BodyEnd::chunked, 0}.has_body()));
    EXPECT_TRUE((Framing{BodyEnd::close, 0}.has_body()));
}

}  // namespace
}  // namespace proxy_tests
