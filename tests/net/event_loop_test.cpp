// What a worker's event loop does for sockets, for what is posted, and to end.
#include "net/event_loop.hpp"

#include <sys/epoll.h>

#include <atomic>
#include <thread>

#include <boost/asio/defer.hpp>
#include <gtest/gtest.h>

#include "tests/net/stream_fixture.hpp"

namespace net_tests {
namespace {

// Posts a hundred times from another thread, each time when the one before has said that it is done.
template <typename Work>
int times_done(Work work) {
    net::EventLoop loop;
    std::atomic<int> ran{0};
    const auto done = [&ran] {
        ++ran;
        ran.notify_one();
    };
    std::thread thread([&] { loop.run(); });
    for (int i = 1; i <= 100; ++i) {
        net::post(loop.executor(), [&] { work(loop, done); });
        ran.wait(i - 1);
    }
    loop.stop();
    thread.join();
    return ran;
}

TEST(EventLoop, RunsWhatOthersPostWhileItSleeps) {
    EXPECT_EQ(times_done([](net::EventLoop&, const auto& done) { done(); }), 100);
}

TEST(EventLoop, RunsWhatIsPostedOnItBeforeItSleeps) {
    net::EventLoop loop;
    int left = 1000;
    std::function<void()> next = [&] { --left == 0 ? loop.stop() : boost::asio::post(loop.executor(), next); };
    boost::asio::post(loop.executor(), next);
    loop.run();
    EXPECT_EQ(left, 0);
}

class EventLoopWithASocket : public testing::TestWithParam<net::PolledSocket::Reaction> {};

INSTANTIATE_TEST_SUITE_P(, EventLoopWithASocket,
                         testing::Values(net::PolledSocket::Reaction::resumes, net::PolledSocket::Reaction::moves));

TEST_P(EventLoopWithASocket, RunsWhatItsOwnerPosts) {
    net::EventLoop loop;
    auto [near, far] = socket_pair();
    Peer peer(far.release());
    net::PolledSocket socket(std::move(near));
    socket.tell(
        net::Poller::of(loop.executor()),
        [](void* self, std::uint32_t) {
            auto& event_loop = *static_cast<net::EventLoop*>(self);
            // On the thread of the loop, so it need not be woken.
            boost::asio::defer(event_loop.executor(), [&event_loop] { event_loop.stop(); });
        },
        &loop, GetParam());
    EXPECT_FALSE(socket.want(EPOLLIN));
    std::thread thread([&] { loop.run(); });
    peer.send("x");
    thread.join();
}

// As long as nobody stops it: Asio's own would end when no work is outstanding.
TEST(EventLoop, GoesOnWhenNothingIsLeftToDo) {
    const int done_in_the_end = times_done([](net::EventLoop& loop, const auto& done) {
        for (int posts = 0; posts < 3; ++posts) boost::asio::post(loop.executor(), [] {});
        boost::asio::post(loop.executor(), done);
    });
    EXPECT_EQ(done_in_the_end, 100);
}

TEST(EventLoop, KnowsItsOwnThreadWhileItHandlesEvents) {
    net::EventLoop loop;
    bool inside = false;
    auto [near, far] = socket_pair();
    Peer(far.release()).send("x");
    net::PolledSocket socket(std::move(near));
    auto note = [&] {
        inside = loop.executor().running_in_this_thread();
        loop.stop();
    };
    const auto on_event = [](void* self, std::uint32_t) { (*static_cast<decltype(note)*>(self))(); };
    socket.tell(net::Poller::of(loop.executor()), on_event, &note);
    EXPECT_FALSE(socket.want(EPOLLIN));
    loop.run();
    EXPECT_TRUE(inside);
    EXPECT_FALSE(loop.executor().running_in_this_thread());
}

}  // namespace
}  // namespace net_tests
