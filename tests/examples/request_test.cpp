// Request targets, arguments, Origin against Host, subprotocol lists.
#include "websocket/request.hpp"

#include <gmock/gmock.h>

namespace {

using backend::Request;
using testing::ElementsAre;

std::optional<Request> parse(std::string_view target) {
    return Request::parse(target, {});
}

TEST(Request, DecodesPathAndArguments) {
    const auto request = parse("/a%20b/c?last=10&text=one+two%2Bthree&empty=&flag");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->path, "/a b/c");
    EXPECT_EQ(request->arguments.last("last"), "10");
    EXPECT_EQ(request->arguments.last("text"), "one two+three");
    EXPECT_EQ(request->arguments.last("empty"), "");
    EXPECT_EQ(request->arguments.last("flag"), "");
    EXPECT_EQ(request->arguments.last("missing"), std::nullopt);
}

TEST(Request, TakesTheLastOfSeveralValuesAsTornadoDoes) {
    const auto request = parse("/?name=first&other=x&name=second");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->arguments.last("name"), "second");
    EXPECT_THAT(request->arguments.all("name"), ElementsAre("first", "second"));
}

TEST(Request, DecodesTheNamesOfArguments) {
    const auto request = parse("/?na%6De=v&%C3%A4=umlaut");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->arguments.last("name"), "v");
    EXPECT_EQ(request->arguments.last("\xC3\xA4"), "umlaut");
}

class BadTarget : public testing::TestWithParam<std::string_view> {};

TEST_P(BadTarget, IsRefused) {
    EXPECT_FALSE(parse(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Request, BadTarget,
                         testing::Values("", "*", "relative", "http://host/path", "/%zz", "/?a=%4", "/?a=%00",
                                         "/%00", "/ space", "/?a=\x01", "/#fragment"));

struct OriginCase {
    std::string_view origin, host;
    bool same;
};

void PrintTo(const OriginCase& row, std::ostream* out) { *out << row.origin << " against " << row.host; }

class OriginAndHost : public testing::TestWithParam<OriginCase> {};

TEST_P(OriginAndHost, AreCompared) {
    EXPECT_EQ(backend::same_origin_host(GetParam().origin, GetParam().host), GetParam().same)
        << GetParam().origin << " against " << GetParam().host;
}

INSTANTIATE_TEST_SUITE_P(Request, OriginAndHost,
                         testing::Values(OriginCase{"http://example.com", "example.com", true},
                                         OriginCase{"http://example.com:8000", "example.com:8000", true},
                                         OriginCase{"http://EXAMPLE.com", "example.COM", true},
                                         OriginCase{"http://example.com:80", "example.com", true},
                                         OriginCase{"https://example.com", "example.com:443", true},
                                         OriginCase{"http://[::1]:8000", "[::1]:8000", true},
                                         OriginCase{"https://example.com", "example.com:80", false},
                                         OriginCase{"http://example.com:8000", "example.com", false},
                                         OriginCase{"http://example.com.evil.net", "example.com", false},
                                         OriginCase{"http://evil.net", "example.com", false},
                                         OriginCase{"http://example.com@evil.net", "example.com", false},
                                         OriginCase{"null", "example.com", false},
                                         OriginCase{"", "example.com", false},
                                         OriginCase{"http://", "", false},
                                         OriginCase{"example.com", "example.com", false}));

TEST(Request, SplitsSubprotocols) {
    EXPECT_THAT(backend::split_subprotocols("chat, trend.v1 ,\techo"),
                ElementsAre("chat", "trend.v1", "echo"));
    EXPECT_THAT(backend::split_subprotocols(""), ElementsAre());
}

}  // namespace
