// The request-target and the Host field: paths, hosts and forms as tables.
#include "proxy/http/request_rules.hpp"

#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using namespace std::string_literals;
using proxy::http::examine_target;
using proxy::http::MessageError;
using proxy::http::normalize_path;
using proxy::http::Target;

struct PathRow {
    std::string path;
    std::string normal;
};

TEST(NormalizePath, FollowsTheTable) {
    const PathRow rows[] = {
        {"/", "/"},
        {"", "/"},
        {"/a/b", "/a/b"},
        {"/a/b/", "/a/b/"},
        {"//", "/"},
        {"//a///b//", "/a/b/"},
        {"/./a/./b/.", "/a/b/"},
        {"/a/../b", "/b"},
        {"/a/b/..", "/a/"},
        {"/a/b/../", "/a/"},
        {"/a/..", "/"},
        {"/a/b/../../c", "/c"},
        {"/a/...", "/a/..."},
        {"/a/.b", "/a/.b"},
        {"/a/b.", "/a/b."},
        {"/%61", "/a"},
        {"/%2e%2e", "malformed"},
        {"/a/%2e%2E/b", "/b"},
        {"/a/.%2e/b", "/b"},
        {"/a%2fb", "/a/b"},
        {"/a/%2f/b", "/a/b"},
        {"/a%2f..%2fb", "/b"},
        {"/%252e", "/%2e"},
        {"/%20", "/ "},
        {"/%3f", "/?"},
        {"/%ff", "/\xff"},
        {"/..", "malformed"},
        {"/../a", "malformed"},
        {"/a/../../b", "malformed"},
        {"/%00", "malformed"},
        {"/a%00b", "malformed"},
        {"/%", "malformed"},
        {"/%4", "malformed"},
        {"/%4g", "malformed"},
        {"/%g4", "malformed"},
        {"/a%", "malformed"},
    };
    for (const PathRow& row : rows) {
        const auto normal = normalize_path(row.path);
        EXPECT_EQ(normal ? *normal : "malformed"s, row.normal) << row.path;
    }
}

TEST(NormalizePath, IsStable) {
    for (const char* path : {"/a/b/../c//d/.", "/x%20y/", "//"}) {
        const std::string once = *normalize_path(path);
        EXPECT_EQ(*normalize_path(proxy::http::escape_path(once)), once);
    }
}

TEST(EscapePath, EscapesWhatMayNotStandInATarget) {
    EXPECT_EQ(proxy::http::escape_path("/a b%?#\"<>\\^`{|}\x7f\xc3\xa4\r\n"),
              "/a%20b%25%3F%23%22%3C%3E%5C%5E%60%7B%7C%7D%7F%C3%A4%0D%0A");
}

TEST(EscapePath, LeavesTheRest) {
    const std::string kept = "/azAZ09-._~!$&'()*+,;=:@[]";
    EXPECT_EQ(proxy::http::escape_path(kept), kept);
}

TEST(EscapePath, IsUndoneByTheDecoding) {
    std::string every = "/";
    for (int code = 1; code < 256; ++code)
        if (code != '/' && code != '.') every += static_cast<char>(code);
    EXPECT_EQ(*normalize_path(proxy::http::escape_path(every)), every);
}

struct HostRow {
    std::string field;
    std::string host;
};

TEST(HostField, FollowsTheTable) {
    const HostRow rows[] = {
        {"example.com", "example.com"},
        {"EXAMPLE.Com", "example.com"},
        {"example.com:8080", "example.com"},
        {"example.com:", "example.com"},
        {"example.com.", "example.com"},
        {"example.com.:80", "example.com"},
        {"127.0.0.1:80", "127.0.0.1"},
        {"[::1]", "[::1]"},
        {"[::1]:8080", "[::1]"},
        {"[2001:DB8::1]", "[2001:db8::1]"},
        {"", ""},
        {"under_score", "under_score"},
        {"a b", "malformed"},
        {"a\tb", "malformed"},
        {"a/b", "malformed"},
        {"user@host", "malformed"},
        {"a,b", "malformed"},
        {"a%41", "malformed"},
        {"a?b", "malformed"},
        {"a#b", "malformed"},
        {"a\\b", "malformed"},
        {"a\xff", "malformed"},
        {"example.com:80a", "malformed"},
        {"example.com:-1", "malformed"},
        {"example.com:80:80", "malformed"},
        {"::1", "malformed"},
        {"[::1", "malformed"},
        {"[::1]80", "malformed"},
        {"[::1]:x", "malformed"},
        {"[g::1]", "malformed"},
        {"[]", "malformed"},
    };
    for (const HostRow& row : rows) {
        const auto target = examine_target(request("GET", "/", {{"Host", row.field}}));
        EXPECT_EQ(target ? target->host : "malformed"s, row.host) << row.field;
    }
}

TEST(HostField, IsNeededInHttp11) {
    EXPECT_EQ(examine_target(request("GET", "/", {})).error(), MessageError::malformed);
}

TEST(HostField, MayLackInHttp10) {
    auto head = request("GET", "/", {});
    head.version = proxy::http::Version::http_1_0;
    const auto target = examine_target(head);
    ASSERT_TRUE(target);
    EXPECT_EQ(target->host, "");
}

TEST(HostField, MayNotBeRepeated) {
    for (const auto version : {proxy::http::Version::http_1_0, proxy::http::Version::http_1_1}) {
        auto head = request("GET", "/", {{"Host", "a"}, {"host", "a"}});
        head.version = version;
        EXPECT_EQ(examine_target(head).error(), MessageError::malformed);
    }
}

struct TargetRow {
    std::string method;
    std::string target;
    std::string host, path, query, origin;  // an empty path: malformed
};

TEST(RequestTarget, FollowsTheTable) {
    const TargetRow rows[] = {
        {"GET", "/a%20b?x=%41", "here", "/a b", "x=%41", "/a%20b?x=%41"},
        {"GET", "/?", "here", "/", "", "/?"},
        {"GET", "/a?b?c", "here", "/a", "b?c", "/a?b?c"},
        {"GET", "//a", "here", "/a", "", "//a"},
        {"GET", "/a/../b", "here", "/b", "", "/a/../b"},
        {"GET", "http://there/a?b", "there", "/a", "b", "/a?b"},
        {"GET", "HTTP://There:80/a", "there", "/a", "", "/a"},
        {"GET", "https://there/a", "there", "/a", "", "/a"},
        {"GET", "http://there", "there", "/", "", "/"},
        {"GET", "http://there?b", "there", "/", "b", "/?b"},
        {"GET", "http://[::1]:80/a", "[::1]", "/a", "", "/a"},
        {"OPTIONS", "*", "here", "/", "", "*"},
        {"GET", "*", "", "", "", ""},
        {"GET", "http:///a", "", "", "", ""},
        {"GET", "http://user@there/", "", "", "", ""},
        {"GET", "http://there#/a", "", "", "", ""},
        {"GET", "ftp://there/", "", "", "", ""},
        {"GET", "a", "", "", "", ""},
        {"GET", "", "", "", "", ""},
        {"GET", "?a", "", "", "", ""},
        {"GET", "/a#b", "", "", "", ""},
        {"GET", "/%00", "", "", "", ""},
        {"GET", "/../a", "", "", "", ""},
        {"OPTIONS", "**", "", "", "", ""},
    };
    for (const TargetRow& row : rows) {
        const auto target = examine_target(request(row.method, row.target, {{"Host", "here"}}));
        if (row.path.empty()) {
            EXPECT_EQ(target.has_error() ? target.error() : net::ErrorCode(), MessageError::malformed) << row.target;
            continue;
        }
        ASSERT_TRUE(target) << row.target;
        EXPECT_EQ(target->host, row.host) << row.target;
        EXPECT_EQ(target->path, row.path) << row.target;
        EXPECT_EQ(target->query, row.query) << row.target;
        EXPECT_EQ(target->origin, row.origin) << row.target;
    }
}

TEST(RequestTarget, ConnectIsNotServed) {
    EXPECT_EQ(examine_target(request("CONNECT", "there:443", {{"Host", "there"}})).error(),
              MessageError::method_not_allowed);
}

TEST(RequestTarget, AnAbsoluteFormStillNeedsAValidHostField) {
    EXPECT_FALSE(examine_target(request("GET", "http://there/", {{"Host", "a b"}})));
    EXPECT_FALSE(examine_target(request("GET", "http://there/", {})));
}

}  // namespace
}  // namespace proxy_tests
