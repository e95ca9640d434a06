// What a request says about where it belongs, and what its response tells the client.
#include "proxy/http/binding.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/http/exchange_fixture.hpp"
#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using proxy::Binding;
using proxy::http::find_binding;
using proxy::http::hold_session;

class BindingTest : public ExchangeTest {
  protected:
    /// A request with these fields arrives at a pool with that `sticky` line.
    Binding find(const std::string& sticky, const std::string& fields) {
        configure("sticky " + sticky + "; server 127.0.0.1:1; server 127.0.0.1:2 route=r;");
        receive("GET /?session=s1 HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
        exchange->binding = find_binding(*exchange);
        return exchange->binding;
    }

    /// The Set-Cookie fields of a response from the first endpoint that came with these.
    std::string cookies_of(const FieldList& list) {
        exchange->endpoint = first();
        proxy::http::ResponseHead head = response(200, list);
        bind_client(*exchange, head);
        return head.fields.joined("Set-Cookie");
    }

    upstream::Pool& pool() { return *exchange->location->pool; }
    const upstream::Endpoint* first() { return pool().snapshot(0).endpoints[0].get(); }
    upstream::Mark mark() { return pool().mark_of(0, *first()); }
};

TEST_F(BindingTest, IsNoneWithoutSticky) {
    configure("server 127.0.0.1:1;");
    receive("GET / HTTP/1.1\r\nHost: h\r\nCookie: srv=1\r\n\r\n");
    EXPECT_FALSE(find_binding(*exchange).mark);
    EXPECT_EQ(cookies_of({{"Set-Cookie", "own=1"}}), "own=1");
}

TEST_F(BindingTest, TheCookieIsBehindThoseOfTheUpstream) {
    EXPECT_FALSE(find("cookie srv path=/", "").mark);
    EXPECT_EQ(cookies_of({{"Set-Cookie", "own=1"}}), "own=1, srv=" + upstream::to_hex(mark()) + "; path=/");
}

TEST_F(BindingTest, TheRightCookieIsNotGivenAgainUnlessItExpires) {
    const std::string fields = "Cookie: srv=" + std::string(32, '0') + "\r\n";
    EXPECT_EQ(find("cookie srv", fields).mark, upstream::Mark{});
    EXPECT_NE(cookies_of({}), "");
    exchange->binding.mark = mark();
    EXPECT_EQ(cookies_of({}), "");
    find("cookie srv expires=max", fields);
    exchange->binding.mark = mark();
    EXPECT_NE(cookies_of({}), "");
}

TEST_F(BindingTest, TheFirstVariableWithAValueIsTheRoute) {
    const Binding binding = find("route $cookie_none $arg_session $host", "");
    EXPECT_EQ(binding.mark, pool().mark_key().mark("s1"));
    EXPECT_EQ(cookies_of({}), "");
}

TEST_F(BindingTest, ASessionIsLearnedFromTheHeadOfTheResponse) {
    const std::string learn = "learn create=$upstream_cookie_sid lookup=$arg_session zone=z:32k";
    const Binding unknown = find(learn, "");
    EXPECT_EQ(unknown.session, pool().mark_key().mark("s1"));
    EXPECT_FALSE(unknown.mark);
    EXPECT_EQ(cookies_of({{"X", "y"}}), "");
    EXPECT_FALSE(find_binding(*exchange).mark) << "only `create` begins a session";
    EXPECT_EQ(cookies_of({{"Set-Cookie", "sid=s1"}}), "sid=s1");
    EXPECT_EQ(find_binding(*exchange).mark, mark());
}

TEST_F(BindingTest, ATunnelHoldsTheSessionThatItsHandshakeBegan) {
    find("learn create=$upstream_cookie_sid lookup=$cookie_sid zone=z:32k", "");
    cookies_of({});
    EXPECT_EQ(hold_session(*exchange), nullptr);
    cookies_of({{"Set-Cookie", "sid=s2"}});
    EXPECT_NE(hold_session(*exchange), nullptr);
    EXPECT_EQ(exchange->binding.session, pool().mark_key().mark("s2"));
}

}  // namespace
}  // namespace proxy_tests
