// Every variable once, and the families.
#include "proxy/route/variables.hpp"

#include <unistd.h>

#include <map>
#include <regex>

#include <gtest/gtest.h>

#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using config::Variable;

std::string expand(const std::string& text, const ViewedRequest& request) {
    const auto parsed = config::parse_template(text);
    EXPECT_EQ(parsed.error, "") << text;
    return proxy::route::expand(parsed.value, request.view());
}

ViewedRequest example() {
    return ViewedRequest(request("POST", "/a%20b?Name=v%41&empty=&x",
                                 {{"Host", "WWW.example.com:8080"},
                                  {"Content-Length", "5"},
                                  {"Content-Type", "text/plain"},
                                  {"X-Forwarded-For", "203.0.113.9"},
                                  {"Cookie", "session=s1; Theme=dark"},
                                  {"cookie", "late=1"}}));
}

std::string host_name() {
    std::string name(256, '\0');
    gethostname(name.data(), name.size());
    return name.c_str();
}

// Times are matched by pattern, everything else exactly.
TEST(Variables, EachHasItsValue) {
    const std::map<Variable, std::string> exact = {
        {Variable::args, "Name=v%41&empty=&x"},
        {Variable::binary_remote_addr, "\xc0\x01\x02\x07"},
        {Variable::connection, "42"},
        {Variable::connection_requests, "3"},
        {Variable::content_length, "5"},
        {Variable::content_type, "text/plain"},
        {Variable::host, "www.example.com"},
        {Variable::hostname, host_name()},
        {Variable::https, ""},
        {Variable::is_args, "?"},
        {Variable::pid, std::to_string(getpid())},
        {Variable::proxy_add_x_forwarded_for, "203.0.113.9, 192.0.2.7"},
        {Variable::proxy_host, "pool"},
        {Variable::proxy_port, "80"},
        {Variable::query_string, "Name=v%41&empty=&x"},
        {Variable::remote_addr, "192.0.2.7"},
        {Variable::remote_port, "50123"},
        {Variable::request, "POST /a%20b?Name=v%41&empty=&x HTTP/1.1"},
        {Variable::request_method, "POST"},
        {Variable::request_uri, "/a%20b?Name=v%41&empty=&x"},
        {Variable::scheme, "http"},
        {Variable::server_addr, "198.51.100.1"},
        {Variable::server_name, "first.example"},
        {Variable::server_port, "8080"},
        {Variable::server_protocol, "HTTP/1.1"},
        {Variable::ssl_cipher, ""},
        {Variable::ssl_client_escaped_cert, ""},
        {Variable::ssl_client_fingerprint, ""},
        {Variable::ssl_client_i_dn, ""},
        {Variable::ssl_client_s_dn, ""},
        {Variable::ssl_client_serial, ""},
        {Variable::ssl_client_verify, ""},
        {Variable::ssl_protocol, ""},
        {Variable::ssl_server_name, ""},
        {Variable::ssl_session_reused, ""},
        {Variable::uri, "/a b"},
    };
    const std::map<Variable, std::string> patterns = {
        {Variable::msec, "[0-9]{10}\\.[0-9]{3}"},
        {Variable::time_iso8601, "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}"},
        {Variable::time_local, "[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}"},
    };
    const std::map<Variable, std::pair<std::string, std::string>> families = {
        {Variable::arg_, {"name", "v%41"}},
        {Variable::cookie_, {"session", "s1"}},
        {Variable::http_, {"content_type", "text/plain"}},
        {Variable::upstream_cookie_, {"sid", "s2"}},
        {Variable::upstream_http_, {"x_node", "7"}},
    };
    const ViewedRequest request = example();
    const proxy::http::ResponseHead answer = response(200, {{"X-Node", "7"}, {"Set-Cookie", "sid=s2; Path=/"}});
    proxy::route::RequestView view = request.view();
    view.response = &answer;
    for (int number = 0; number <= static_cast<int>(Variable::upstream_http_); ++number) {
        const auto variable = static_cast<Variable>(number);
        const auto family = families.find(variable);
        const config::Template::Part part{variable, family == families.end() ? "" : family->second.first};
        const std::string value = proxy::route::expand({{part}}, view);
        if (family != families.end())
            EXPECT_EQ(value, family->second.second) << config::variable_name(part);
        else if (const auto pattern = patterns.find(variable); pattern != patterns.end())
            EXPECT_TRUE(std::regex_match(value, std::regex(pattern->second))) << value;
        else
            EXPECT_EQ(value, exact.at(variable)) << config::variable_name(part);
    }
}

TEST(Variables, StandBetweenLiteralText) {
    EXPECT_EQ(expand("<${scheme}://$host>", example()), "<http://www.example.com>");
}

TEST(Variables, WithoutAValueGiveNothing) {
    const ViewedRequest bare(request("GET", "/", {{"Host", "h"}}));
    for (const char* name : {"$args", "$is_args", "$content_length", "$content_type", "$http_x", "$cookie_x", "$arg_x",
                             "$upstream_http_x", "$upstream_cookie_x"})
        EXPECT_EQ(expand(name, bare), "") << name;
}

TEST(Variables, HostIsTheServerNameWhereTheClientNamesNone) {
    EXPECT_EQ(expand("$host", ViewedRequest(request("GET", "/", {{"Host", ""}}))), "first.example");
}

TEST(Variables, HttpHostIsTheFieldAsItCame) { EXPECT_EQ(expand("$http_host", example()), "WWW.example.com:8080"); }

// RFC 9112, 3.2.2: with a target in absolute form the Host field that came is not to be forwarded.
TEST(Variables, HttpHostIsTheAuthorityOfATargetInAbsoluteForm) {
    const ViewedRequest absolute(request("GET", "http://There:81/", {{"Host", "elsewhere"}}));
    EXPECT_EQ(expand("$http_host", absolute), "There:81");
}

TEST(Variables, HttpFamilyJoinsRepeatedFields) {
    EXPECT_EQ(expand("$http_x_y", ViewedRequest(request("GET", "/", {{"Host", "h"}, {"X-Y", "1"}, {"x-y", "2"}}))), "1, 2");
}

TEST(Variables, CookieFamily) {
    EXPECT_EQ(expand("$cookie_Theme", example()), "dark");
    EXPECT_EQ(expand("$cookie_late", example()), "1");
    EXPECT_EQ(expand("$cookie_theme", example()), "dark");  // as in nginx the name of a variable has no case
    EXPECT_EQ(expand("$cookie_sess", example()), "");
}

TEST(Variables, UpstreamCookieFamily) {
    const ViewedRequest request = example();
    const proxy::http::ResponseHead answer =
        response(101, {{"Set-Cookie", "other=sid=1"}, {"set-cookie", "SID=s2;HttpOnly"}, {"Set-Cookie", "sid=late"}});
    proxy::route::RequestView view = request.view();
    view.response = &answer;
    EXPECT_EQ(proxy::route::expand(config::parse_template("$upstream_cookie_sid").value, view), "s2");
    EXPECT_EQ(proxy::route::expand(config::parse_template("$upstream_cookie_other").value, view), "sid=1");
    EXPECT_EQ(proxy::route::expand(config::parse_template("$upstream_cookie_session").value, view), "");
}

TEST(Variables, ArgFamily) {
    EXPECT_EQ(expand("$arg_empty", example()), "");
    EXPECT_EQ(expand("$arg_x", example()), "");
    EXPECT_EQ(expand("$arg_name", example()), "v%41");
}

TEST(Variables, ForwardedForBeginsWithTheClient) {
    EXPECT_EQ(expand("$proxy_add_x_forwarded_for", ViewedRequest(request("GET", "/", {{"Host", "h"}}))), "192.0.2.7");
}

TEST(Variables, ProxyPortFollowsTheAddress) {
    ViewedRequest request = example();
    request.proxy_host = "127.0.0.1:7000";
    EXPECT_EQ(expand("$proxy_port", request), "7000");
    request.proxy_host = "[::1]:7001";
    EXPECT_EQ(expand("$proxy_port", request), "7001");
    request.proxy_host = "[::1]";
    EXPECT_EQ(expand("$proxy_port", request), "80");
}

}  // namespace
}  // namespace proxy_tests
