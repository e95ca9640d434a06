// Choosing an endpoint, and what becomes of those that cannot be reached.
#include "proxy/http/forwarder.hpp"

#include <sys/resource.h>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "proxy/observe/error_log.hpp"
#include "tests/proxy/http/exchange_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

namespace proxy_tests {
namespace {

using net::Party;
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
    Forwarder() {
        proxy::observe::ErrorLog::of_process().use(*proxy::observe::LogFile::open(folder / "error.log"),
                                                   config::LogLevel::info);
    }
    ~Forwarder() override {
        proxy::observe::ErrorLog::of_process().use(*proxy::observe::LogFile::open("stderr"), config::LogLevel::notice);
    }

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
        const std::string log = content_of(folder / "error.log");
        std::size_t count = 0;
        for (std::size_t at = log.find(text); at != log.npos; at = log.find(text, at + 1)) ++count;
        return count;
    }

    TemporaryFolder folder;
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
    EXPECT_EQ(failure().code, MessageError::no_live_endpoint);
    EXPECT_EQ(lines_logged("no live upstreams while connecting to upstream \"pool\""), 2u);
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

}  // namespace
}  // namespace proxy_tests
