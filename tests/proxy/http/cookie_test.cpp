// The text of the cookie, attribute by attribute.
#include "proxy/http/cookie.hpp"

#include <gtest/gtest.h>

namespace proxy_tests {
namespace {

using config::StickyCookie;
using proxy::http::CookieValues;
using std::chrono_literals::operator""h;

constexpr std::time_t now = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT, of RFC 9110

struct Row {
    const char* name;
    StickyCookie cookie;
    CookieValues values;
    const char* text;
};

class SetCookie : public testing::TestWithParam<Row> {};

TEST_P(SetCookie, HasThisText) {
    EXPECT_EQ(proxy::http::set_cookie(GetParam().cookie, GetParam().values, now), GetParam().text);
}

const Row rows[] = {
    {"bare", {"srv"}, {"1"}, "srv=1"},
    {"expires", {.name = "srv", .expires = 1h}, {"1"}, "srv=1; expires=Sun, 06 Nov 1994 09:49:37 GMT; max-age=3600"},
    {"expires_at_once",
     {.name = "srv", .expires = 0h},
     {"1"},
     "srv=1; expires=Sun, 06 Nov 1994 08:49:37 GMT; max-age=0"},
    {"expires_never",
     {.name = "srv", .expires = config::expires_never},
     {"1"},
     "srv=1; expires=Thu, 31 Dec 2037 23:55:55 GMT; max-age=315360000"},
    {"all",
     {.name = "srv", .expires = 1h, .path = "/chat", .httponly = true, .secure = true},
     {"1", ".example.com", "Lax"},
     "srv=1; expires=Sun, 06 Nov 1994 09:49:37 GMT; max-age=3600; domain=.example.com; httponly; secure; "
     "samesite=Lax; path=/chat"},
    {"unknown_samesite", {"srv"}, {"1", "", "whatever\r\nSet-Cookie: x"}, "srv=1; samesite=strict"},
    {"domain_with_line_break", {"srv"}, {"1", "a\r\nSet-Cookie: x=y"}, "srv=1"},
    {"domain_with_attribute", {"srv"}, {"1", "a;path=/"}, "srv=1"},
};

INSTANTIATE_TEST_SUITE_P(All, SetCookie, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace proxy_tests
