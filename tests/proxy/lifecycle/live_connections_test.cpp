// Admission, and the end of idle connections.
#include "proxy/lifecycle/live_connections.hpp"

#include <array>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include "tests/net/stream_fixture.hpp"

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;
using proxy::lifecycle::LiveConnections;

TEST(LiveConnections, AdmitUpToTheLimit) {
    LiveConnections live;
    auto first = live.admit(2);
    const auto second = live.admit(2);
    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
    EXPECT_FALSE(live.admit(2));
    first.reset();
    EXPECT_TRUE(live.admit(2));
}

TEST(LiveConnections, AdmitWithoutALimit) {
    LiveConnections live;
    std::vector<std::shared_ptr<void>> places;
    for (int i = 0; i < 1000; ++i) places.push_back(live.admit(0));
    EXPECT_EQ(live.admitted(), 1000u);
}

TEST(LiveConnections, APlaceIsGivenBackWithItsLastCopy) {
    LiveConnections live;
    auto place = live.admit(1);
    auto copy = place;
    place.reset();
    EXPECT_EQ(live.admitted(), 1u);
    copy.reset();
    EXPECT_EQ(live.admitted(), 0u);
}

TEST(LiveConnections, TellWhenTheLastOneHasEnded) {
    LiveConnections live;
    int told = 0;
    live.on_empty([&] { ++told; });
    auto first = live.admit(0);
    auto second = live.admit(0);
    first.reset();
    EXPECT_EQ(told, 0);
    second.reset();
    EXPECT_EQ(told, 1);
}

class Draining : public testing::Test {
  protected:
    Draining() : pair(loop.stream()), entry(live, *pair.first) {}
    ~Draining() override {  // a coroutine that still waits uses the stream
        pair.first->cancel();
        loop.turn();
    }

    auto wait() { return loop.start(pair.first->wait_readable(1h)); }

    net_tests::Loop loop;
    LiveConnections live;
    std::pair<std::unique_ptr<net::Stream>, net_tests::Peer> pair;
    LiveConnections::Entry entry;
};

TEST_F(Draining, EndsAnIdleConnection) {
    entry.idle();
    auto waiting = wait();
    live.drain();
    loop.turn();
    ASSERT_TRUE(waiting.done());
    EXPECT_EQ(waiting.take().error(), boost::asio::error::operation_aborted);
    EXPECT_TRUE(live.draining());
}

TEST_F(Draining, LeavesABusyConnectionAlone) {
    entry.idle();
    entry.busy();
    auto waiting = wait();
    live.drain();
    loop.turn();
    EXPECT_FALSE(waiting.done());
}

TEST_F(Draining, CancelAllEndsABusyConnectionToo) {
    auto waiting = wait();
    live.cancel_all();
    loop.turn();
    EXPECT_TRUE(waiting.done());
}

}  // namespace
}  // namespace proxy_tests
