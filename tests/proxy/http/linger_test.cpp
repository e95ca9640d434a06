// Closing slowly: what is still read, and for how long.
#include "proxy/http/linger.hpp"

#include "tests/net/stream_fixture.hpp"

#include <gtest/gtest.h>

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;

net::Task<bool> closed_by_linger(net::Stream& stream, boost::beast::flat_buffer& buffer) {
    co_await proxy::http::linger(stream, buffer);
    co_return !stream.is_open();
}

class Linger : public testing::Test {
  protected:
    net_tests::Peer& peer() { return pair.second; }

    net_tests::Loop loop;
    boost::beast::flat_buffer buffer;
    std::pair<std::unique_ptr<net::Stream>, net_tests::Peer> pair = loop.stream();
    net_tests::Outcome<bool> lingering = loop.start(closed_by_linger(*pair.first, buffer));
};

TEST_F(Linger, EndsOurSideAtOnceAndWaitsForTheirs) {
    peer().receive();
    EXPECT_TRUE(peer().ended());
    peer().send("a request that nobody answers");
    loop.turn();
    EXPECT_FALSE(lingering.done());
    peer().close();
    loop.turn();
    ASSERT_TRUE(lingering.done());
    EXPECT_TRUE(lingering.take());
}

TEST_F(Linger, GivesUpAPeerThatIsSilent) {
    loop.expire(4s);
    peer().send("x");
    loop.turn();
    loop.expire(4s);
    EXPECT_FALSE(lingering.done()) << "the pause begins anew with every byte";
    loop.expire(1s);
    ASSERT_TRUE(lingering.done());
    EXPECT_TRUE(lingering.take());
}

TEST_F(Linger, GivesUpAPeerThatNeverStops) {
    std::size_t sent = 0;
    for (; !lingering.done() && sent < 32u * 1024 * 1024; loop.turn()) sent += peer().fill();
    ASSERT_TRUE(lingering.done());
    EXPECT_TRUE(lingering.take());
    EXPECT_GE(sent, 16u * 1024 * 1024);
}

}  // namespace
}  // namespace proxy_tests
