// Streams with TLS: what they know of more to come, with our BIO and with OpenSSL's own, as on a kernel that has TLS.
#include "net/stream.hpp"

#include <gtest/gtest.h>

#include "tests/net/tls_fixture.hpp"

namespace net_tests {
namespace {

using namespace std::chrono_literals;

class TlsStreams : public testing::TestWithParam<const char*> {
  protected:
    TlsStreams() {
        for (net::TlsContext* const context : {&contexts.server, &contexts.client})
            if (!context->apply_command("Options", GetParam())) throw std::runtime_error("an unknown option");
        auto shaken = loop.start(near.start_tls(contexts.server.new_session(), 1s));
        auto other = loop.start(far.start_tls(contexts.client.new_session(), 1s));
        if (!other.take()) throw std::runtime_error("no handshake");
        send("hello");  // takes the client's last message of the handshake along
        if (!shaken.take()) throw std::runtime_error("no handshake");
        EXPECT_EQ(loop.run(near.read_some(boost::asio::buffer(buffer), 1s)).value(), 5u);
    }
    ~TlsStreams() override {
        near.cancel();
        far.cancel();
        loop.turn();
    }

    void send(std::string_view text) { EXPECT_TRUE(loop.run(far.write(text, 1s))); }

    Loop loop;
    TlsContexts contexts;
    std::pair<net::Descriptor, net::Descriptor> sockets = socket_pair();
    net::Stream near{loop.executor(), std::move(sockets.first), loop.deadlines()};
    net::Stream far{loop.executor(), std::move(sockets.second), loop.deadlines()};
    std::array<char, 64> buffer{};
};

TEST_P(TlsStreams, WaitForTheNextMessageWhenOneHasBeenRead) {
    auto waiting = loop.start(near.wait_readable(1s));
    EXPECT_FALSE(waiting.done());
    send("again");
    loop.turn();
    ASSERT_TRUE(waiting.done());
    EXPECT_TRUE(waiting.take());
    EXPECT_EQ(loop.run(near.read_some(boost::asio::buffer(buffer), 1s)).value(), 5u);
}

TEST_P(TlsStreams, WaitForTheNextMessageWhenItHasBeenAskedWhetherTheyHaveEnded) {
    EXPECT_FALSE(near.has_ended());
    EXPECT_FALSE(loop.start(near.wait_readable(1s)).done());
}

TEST_P(TlsStreams, WaitForNothingWhereTheEndHasCome) {
    far.close();
    auto waiting = loop.start(near.wait_readable(1s));
    ASSERT_TRUE(waiting.done());
    EXPECT_TRUE(near.has_ended());
}

INSTANTIATE_TEST_SUITE_P(Bio, TlsStreams, testing::Values("SessionTicket", "KTLS"));

}  // namespace
}  // namespace net_tests
