// Connecting to endpoints.
#include "upstream/connect/connector.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include "tests/net/listening.hpp"

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using net_tests::address_of_peer;
namespace error = boost::asio::error;

class Connector : public testing::Test {
  protected:
    net_tests::Loop loop;
    net_tests::Listening port{net_tests::tcp("127.0.0.1"), std::nullopt};

    std::vector<std::unique_ptr<net::Stream>> streams;

    // No attempt may outlive its stream.
    ~Connector() override {
        for (const auto& stream : streams) stream->cancel();
        loop.turn();
    }

    // What has become of the first of many connections of which that is known at once: the kernel may put off a packet.
    static constexpr int tries = 100;
    net::IoResult<> begin_until_known() {
        net::IoResult<> begun = net::ErrorCode(error::in_progress);
        for (int i = 0; i < tries && begun.error() == error::in_progress; ++i) {
            streams.push_back(*upstream::open(loop.executor(), loop.deadlines(), port.address()));
            begun = upstream::begin_connect(*streams.back(), port.address());
        }
        return begun;
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
    EXPECT_EQ(begin_until_known().error(), error::connection_refused);
    port.listen(tries);
    EXPECT_TRUE(begin_until_known());
    EXPECT_EQ(address_of_peer(streams.back()->descriptor()), port.address());
}

TEST_F(Connector, LetsTheLastSegmentOfTheHandshakeWaitForTheFirstBytes) {
    port.listen(tries);
    bool has_come_alone = true;  // which it may, after a while
    for (int i = 0; i < tries && has_come_alone; ++i) {
        ASSERT_TRUE(begin_until_known());
        has_come_alone = port.accept().has_value();
    }
    EXPECT_FALSE(has_come_alone);
}

TEST_F(Connector, TimesOutWhenNobodyAnswers) {
    port.stop_answering();
    auto outcome = connect(port.address(), 1s);
    ASSERT_FALSE(outcome.done());
    loop.expire(1s);
    ASSERT_TRUE(outcome.done());
    EXPECT_EQ(outcome.take().error(), error::timed_out);
}

TEST_F(Connector, GivesUpWhenItsStreamIsCancelled) {
    port.stop_answering();
    auto outcome = connect(port.address(), 1s);
    ASSERT_FALSE(outcome.done());
    streams.front()->cancel();
    loop.turn();
    ASSERT_TRUE(outcome.done());
    EXPECT_EQ(outcome.take().error(), error::operation_aborted);
}

}  // namespace
}  // namespace upstream_tests
