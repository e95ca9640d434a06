// Choosing an endpoint, and what becomes of those that cannot be reached.
#include "proxy/http/forwarder.hpp"

#include <sys/resource.h>

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "tests/net/listening.hpp"
#include "tests/proxy/captured_errors.hpp"
#include "tests/proxy/http/exchange_fixture.hpp"

namespace proxy_tests {
namespace {

using net::Party;
using net_tests::Listening;
using net_tests::tcp;
using proxy::http::MessageError;
namespace error = boost::asio::error;

// No descriptor can be opened while this lives.
class NoDescriptors {
  public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

  private:
    rlimit before_{};
};

class Forwarder : public ExchangeTest {
  protected:
    net::Failure failure() {
        auto outcome = loop.start(proxy::http::forward(*exchange));
        loop.turn();
        return outcome.take().error();
    }

    // UBSan looks at virtual tables through a pipe, which cannot be had here.
    [[gnu::no_sanitize("vptr")]] net::Failure failure_without_descriptors() {
        const NoDescriptors none;
        return failure();
    }

    std::size_t lines_logged(const std::string& text) const {
        const std::string log = errors.text();
        std::size_t count = 0;
        for (std::size_t at = log.find(text); at != log.npos; at = log.find(text, at + 1)) ++count;
        return count;
    }

    CapturedErrors errors{config::LogLevel::info};
};

const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_F(Forwarder, TriesEveryEndpointOnce) {
    configure("server unix:/nonexistent/a; server unix:/nonexistent/b; server unix:/nonexistent/c;");
    receive(get);
    EXPECT_EQ(failure().party, Party::upstream);
    for (const char* name : {"/a\"", "/b\"", "/c\""}) EXPECT_EQ(lines_logged(std::string("upstream: \"unix:/nonexistent") + name), 1u);
}

TEST_F(Forwarder, TakesFailingEndpointsOut) {
    configure("server unix:/nonexistent/a; server unix:/nonexistent/b;");
    receive(get);
    failure();
    EXPECT_EQ(lines_logged("no live upstreams"), 0u);  // but of why each of them failed
    EXPECT_EQ(failure().code, MessageError::no_live_endpoint);
    EXPECT_EQ(lines_logged("no live upstreams while connecting to upstream \"pool\""), 1u);
}

struct Bounded {
    const char* location;
    std::size_t turned_to;  // of three endpoints
};

TEST_F(Forwarder, GoesOnAsFarAsTheLocationAllows) {
    const Bounded rows[] = {{"proxy_next_upstream off;", 1},
                            {"proxy_next_upstream timeout http_502 non_idempotent;", 1},
                            {"proxy_next_upstream error;", 3},
                            {"proxy_next_upstream_tries 1;", 1},
                            {"proxy_next_upstream_tries 2;", 2},
                            {"proxy_next_upstream_tries 9;", 3},
                            {"proxy_next_upstream_timeout 1h;", 3}};
    receive(get);
    std::size_t before = 0;
    for (const Bounded& row : rows) {
        configure("server unix:/nonexistent/a; server unix:/nonexistent/b; server unix:/nonexistent/c;", row.location);
        examine();
        EXPECT_EQ(failure().code, boost::system::errc::no_such_file_or_directory) << row.location;
        const std::size_t after = lines_logged(", client: ");
        EXPECT_EQ(after - before, row.turned_to) << row.location;
        before = after;
    }
}

TEST_F(Forwarder, RunningOutOfDescriptorsIsNotTheEndpointsFault) {
    configure("server unix:/nonexistent/a max_fails=2; server unix:/nonexistent/b max_fails=2;");
    receive(get);
    failure();  // counts once; also, UBSan has to meet the types while it can still look at them
    const net::Failure own = failure_without_descriptors();
    EXPECT_EQ(own, (net::Failure{error::no_descriptors, Party::self, net::Stage::connect}));
    EXPECT_EQ(failure().code, boost::system::errc::no_such_file_or_directory);  // both are still tried
}

TEST_F(Forwarder, RefusesAChunkedBodyForAnHttp10Upstream) {
    configure("server 127.0.0.1:1;", "proxy_http_version 1.0;");
    receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(failure().code, MessageError::length_required);
}

struct TwoFamilies : Forwarder {
    // Makes a pool of two endpoints, which are tried in this order.
    void resolve(const std::string& location, const char* name_of_first = "both.example:80") {
        configure("server 127.0.0.1:1;", location);
        upstream::Pool& pool = *generation->router().listener("*:1")->default_server().location("/").pool;
        for (const auto& [where, name] :
             {std::pair(first.address(), name_of_first), std::pair(second_by_ipv6(), "both.example:80")}) {
            config::Endpoint line;
            line.name = name;
            endpoints.push_back(std::make_shared<upstream::Endpoint>(line, where, *pool.live()));
        }
        pool.start_with(endpoints);
        receive(get);
    }

    // An IPv4-mapped address (RFC 4291, section 2.5.5.2) is of the other family on machines without ::1, too.
    net::SocketAddress second_by_ipv6() const { return tcp("::ffff:127.0.0.2", net::port_of(second.address())); }

    // The second one gets the request and answers it.
    void expect_answer_of_second(net_tests::Outcome<net::Result<>> outcome) {
        auto peer = second.accept();
        ASSERT_TRUE(peer);
        EXPECT_THAT(peer->receive(), testing::StartsWith("GET / HTTP/1.1"));
        peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        loop.turn();
        ASSERT_TRUE(outcome.done());
        EXPECT_TRUE(outcome.take());
        EXPECT_THAT(client.second.receive(), testing::EndsWith("ok"));
    }

    Listening first{tcp("127.0.0.1")};
    Listening second{tcp("127.0.0.2", net::port_of(first.address()))};
    upstream::Endpoints endpoints;
};

TEST_F(TwoFamilies, TheOtherJoinsInAfterAHeadStartAndOvertakes) {
    resolve("proxy_next_upstream off;");
    first.stop_answering();
    const auto outcome = loop.start(proxy::http::forward(*exchange));
    loop.expire(std::chrono::milliseconds(249));
    EXPECT_FALSE(second.accept());
    loop.expire(std::chrono::milliseconds(1));
    expect_answer_of_second(outcome);
    EXPECT_EQ(lines_logged("upstream: \"" + endpoints[0]->name() + '"'), 1u);
    EXPECT_FALSE(endpoints[0]->eligible(net::Clock::now()));
    EXPECT_TRUE(endpoints[1]->eligible(net::Clock::now()));
    EXPECT_EQ(endpoints[0]->leases() + endpoints[1]->leases(), 0u);
}

TEST_F(TwoFamilies, TheOtherIsTriedAtOnceAfterAFailure) {
    resolve("proxy_next_upstream off;");
    first.close();
    const auto outcome = loop.start(proxy::http::forward(*exchange));
    expect_answer_of_second(outcome);
}

TEST_F(TwoFamilies, WithoutTheOtherAnAddressIsWaitedFor) {
    resolve("proxy_next_upstream off; proxy_connect_timeout 2s;", "another.example:80");
    first.stop_answering();
    auto outcome = loop.start(proxy::http::forward(*exchange));
    loop.expire(std::chrono::milliseconds(250));
    loop.expire(std::chrono::milliseconds(1700));
    EXPECT_FALSE(outcome.done());
    loop.expire(std::chrono::milliseconds(50));
    ASSERT_TRUE(outcome.done());
    EXPECT_EQ(outcome.take().error(), (net::Failure{error::timed_out, Party::upstream, net::Stage::connect}));
    EXPECT_FALSE(second.accept());
}

// As a service has them whose records (SRV) name one host twice.
TEST_F(TwoFamilies, AnotherPortOfTheSameHostIsAnotherServer) {
    second = Listening(tcp("127.0.0.2"));
    resolve("proxy_next_upstream off;");
    first.close();
    EXPECT_EQ(failure().code, error::connection_refused);
    EXPECT_FALSE(second.accept());
}

TEST_F(TwoFamilies, WhenBothFailTheFailureIsThatOfTheOther) {
    resolve("proxy_next_upstream off;");
    first.stop_answering();
    second.close();
    auto outcome = loop.start(proxy::http::forward(*exchange));
    loop.expire(std::chrono::milliseconds(250));
    EXPECT_FALSE(outcome.done());  // the first may still come
    for (int second_of_time = 0; second_of_time < 60; ++second_of_time) loop.expire(std::chrono::seconds(1));
    ASSERT_TRUE(outcome.done());
    EXPECT_EQ(outcome.take().error().code, error::connection_refused);
    for (const auto& endpoint : endpoints) EXPECT_EQ(lines_logged("upstream: \"" + endpoint->name() + '"'), 1u);
}

TEST_F(TwoFamilies, AClientThatLeavesEndsBoth) {
    resolve("");
    first.stop_answering();
    second.stop_answering();
    auto outcome = loop.start(proxy::http::forward(*exchange));
    loop.expire(std::chrono::milliseconds(250));
    client.second.close();
    loop.expire(std::chrono::milliseconds(500));
    ASSERT_TRUE(outcome.done());
    EXPECT_EQ(outcome.take().error().party, Party::client);
    for (const auto& endpoint : endpoints) EXPECT_TRUE(endpoint->eligible(net::Clock::now()));
}

}  // namespace
}  // namespace proxy_tests
