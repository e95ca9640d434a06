// Coroutines that wait for a socket.
#include "net/readiness.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "tests/net/stream_fixture.hpp"

namespace net_tests {
namespace {

namespace error = boost::asio::error;
using net::Direction;

net::Task<net::ErrorCode> wait(net::Readiness& readiness, Direction direction) {
    auto [error] = co_await readiness.wait(direction);
    co_return error;
}

class Readiness : public testing::Test {
  protected:
    Loop loop;
    std::pair<net::Descriptor, net::Descriptor> pair = socket_pair();
    net::PolledSocket socket{std::move(pair.first)};
    Peer peer{pair.second.release()};
    net::Readiness readiness{loop.executor(), socket};
};

TEST_F(Readiness, WaitsForBytes) {
    auto waiting = loop.start(wait(readiness, Direction::read));
    EXPECT_FALSE(waiting.done());
    peer.send("x");
    loop.turn();
    ASSERT_TRUE(waiting.done());
    EXPECT_FALSE(waiting.take());
}

TEST_F(Readiness, EachDirectionIsWaitedForAlone) {
    auto reading = loop.start(wait(readiness, Direction::read));
    auto writing = loop.start(wait(readiness, Direction::write));
    EXPECT_TRUE(writing.done());
    EXPECT_FALSE(reading.done());
    peer.send("x");
    loop.turn();
    EXPECT_TRUE(reading.done());
}

TEST_F(Readiness, AHangUpEndsBothWaits) {
    while (::send(socket.descriptor(), "xxxx", 4, MSG_NOSIGNAL) > 0) {
    }
    auto reading = loop.start(wait(readiness, Direction::read));
    auto writing = loop.start(wait(readiness, Direction::write));
    EXPECT_FALSE(reading.done() || writing.done());
    peer.close();
    loop.turn();
    EXPECT_TRUE(reading.done() && writing.done());
}

TEST_F(Readiness, WhatNobodyWaitsForIsNotReportedForever) {
    loop.run(wait(readiness, Direction::write));
    auto reading = loop.start(wait(readiness, Direction::read));
    peer.send("x");
    loop.turn();  // ends only because the byte that nobody reads is not reported any more
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(socket.wanted(), 0u);
}

TEST_F(Readiness, CancelEndsBothWaits) {
    while (::send(socket.descriptor(), "xxxx", 4, MSG_NOSIGNAL) > 0) {
    }
    auto reading = loop.start(wait(readiness, Direction::read));
    auto writing = loop.start(wait(readiness, Direction::write));
    readiness.cancel();
    EXPECT_FALSE(reading.done() || writing.done());
    loop.turn();
    EXPECT_EQ(reading.take(), error::operation_aborted);
    EXPECT_EQ(writing.take(), error::operation_aborted);
}

TEST_F(Readiness, AClosedSocketIsAnError) {
    socket.close();
    EXPECT_EQ(loop.run(wait(readiness, Direction::read)), error::bad_descriptor);
}

// A coroutine that owns what it waits for, as those of connections do.
net::Task<> own_and_wait(net::Executor executor, net::Descriptor descriptor, [[maybe_unused]] std::shared_ptr<int> token) {
    net::PolledSocket socket(std::move(descriptor));
    net::Readiness readiness(executor, socket);
    [[maybe_unused]] auto [error] = co_await readiness.wait(Direction::read);
}

TEST(ReadinessAtTheEnd, CoroutinesThatWaitAreDestroyedWithTheirEventLoop) {
    auto [near, far] = socket_pair();
    Peer peer(far.release());
    const auto token = std::make_shared<int>();
    {
        boost::asio::io_context context;
        boost::asio::co_spawn(context, own_and_wait(context.get_executor(), std::move(near), token),
                              [](const std::exception_ptr&) {});
        context.poll();
        EXPECT_EQ(token.use_count(), 2);
    }
    EXPECT_EQ(token.use_count(), 1);
    peer.receive();
    EXPECT_TRUE(peer.ended());
}

}  // namespace
}  // namespace net_tests
