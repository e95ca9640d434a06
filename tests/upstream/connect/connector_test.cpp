// Connecting to endpoints.
#include "upstream/connect/connector.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

#include "tests/net/stream_fixture.hpp"

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
namespace error = boost::asio::error;

// A bound port of the loopback interface; listening only if asked to.
class Port {
  public:
    Port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof name;
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
            ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0)
            throw std::runtime_error("no port");
        port_ = ntohs(name.sin_port);
    }

    void listen(int backlog) { ::listen(socket_.get(), backlog); }
    net::SocketAddress address() const {
        return net::tcp_address(boost::asio::ip::make_address("127.0.0.1"), port_);
    }

  private:
    net::Descriptor socket_;
    std::uint16_t port_ = 0;
};

net::SocketAddress address_of_peer(int descriptor) {
    net::SocketAddress address;
    auto size = static_cast<socklen_t>(address.capacity());
    if (::getpeername(descriptor, address.data(), &size) != 0) throw std::runtime_error("no peer");
    address.resize(size);
    return address;
}

class Connector : public testing::Test {
  protected:
    net_tests::Loop loop;
    Port port;

    std::vector<std::unique_ptr<net::Stream>> streams;

    // No attempt may outlive its stream.
    ~Connector() override {
        for (const auto& stream : streams) stream->cancel();
        loop.turn();
    }

    // An attempt under way.
    auto connect(const net::SocketAddress& address, net::Duration timeout) {
        streams.push_back(*upstream::open(loop.executor(), loop.deadlines(), address));
        return loop.start(upstream::connect(*streams.back(), address, timeout));
    }
};

TEST_F(Connector, ConnectsAStream) {
    port.listen(1);
    auto outcome = connect(port.address(), 1s);
    loop.turn();
    ASSERT_TRUE(outcome.done());
    EXPECT_TRUE(outcome.take());
    EXPECT_EQ(address_of_peer(streams.front()->descriptor()), port.address());
}

TEST_F(Connector, ReportsARefusal) {
    auto outcome = connect(port.address(), 1s);
    loop.turn();
    ASSERT_TRUE(outcome.done());
    EXPECT_EQ(outcome.take().error(), error::connection_refused);
}

TEST_F(Connector, ReportsAMissingUnixSocket) {
    auto outcome = connect(*net::unix_address("/nonexistent/app.sock"), 1s);
    loop.turn();
    ASSERT_TRUE(outcome.done());
    EXPECT_EQ(outcome.take().error(), boost::system::errc::no_such_file_or_directory);
}

TEST_F(Connector, KnowsAtOnceWhatBecomesOfAConnectionToThisMachine) {
    const auto stream = *upstream::open(loop.executor(), loop.deadlines(), port.address());
    EXPECT_EQ(upstream::begin_connect(*stream, port.address()).error(), error::connection_refused);
    port.listen(1);
    const auto second = *upstream::open(loop.executor(), loop.deadlines(), port.address());
    EXPECT_TRUE(upstream::begin_connect(*second, port.address()));
    EXPECT_EQ(address_of_peer(second->descriptor()), port.address());
}

// With its accept queue full the kernel leaves further connections of the loopback unanswered.
TEST_F(Connector, TimesOutWhenNobodyAnswers) {
    port.listen(0);
    for (int i = 0; i < 2; ++i) connect(port.address(), 1s);
    auto third = connect(port.address(), 1s);
    ASSERT_FALSE(third.done());
    loop.expire(1s);
    ASSERT_TRUE(third.done());
    EXPECT_EQ(third.take().error(), error::timed_out);
}

TEST_F(Connector, GivesUpWhenItsStreamIsCancelled) {
    port.listen(0);
    for (int i = 0; i < 2; ++i) connect(port.address(), 1s);
    auto third = connect(port.address(), 1s);
    ASSERT_FALSE(third.done());
    for (const auto& stream : streams) stream->cancel();
    loop.turn();
    ASSERT_TRUE(third.done());
    EXPECT_EQ(third.take().error(), error::operation_aborted);
}

}  // namespace
}  // namespace upstream_tests
