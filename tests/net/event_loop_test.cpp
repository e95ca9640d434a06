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

TEST(EventLoop, RunsWhatOthersPostWhileItSleeps) {
    net::EventLoop loop;
    std::atomic<int> ran{0};
    std::thread thread([&] { loop.run(); });
    for (int i = 1; i <= 100; ++i) {
        net::post(loop.executor(), [&] {
            ++ran;
            ran.notify_one();
        });
        ran.wait(i - 1);
    }
    loop.stop();
    thread.join();
    EXPECT_EQ(ran, 100);
}

TEST(EventLoop, RunsWhatIsPostedOnItBeforeItSleeps) {
    net::EventLoop loop;
    int left = 1000;
    std::function<void()> next = [&] { --left == 0 ? loop.stop() : boost::asio::post(loop.executor(), next); };
    boost::asio::post(loop.executor(), next);
    loop.run();
    EXPECT_EQ(left, 0);
}

TEST(EventLoop, IsThereForSocketsAndForWhatTheyPost) {
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
        &loop);
    EXPECT_FALSE(socket.want(EPOLLIN));
    std::thread thread([&] { loop.run(); });
    peer.send("x");
    thread.join();
}

// As long as nobody stops it: Asio's own would end when no work is outstanding.
TEST(EventLoop, GoesOnWhenNothingIsLeftToDo) {
    net::EventLoop loop;
    std::thread thread([&] { loop.run(); });
    std::atomic<int> ran{0};
    for (int i = 1; i <= 100; ++i) {
        net::post(loop.executor(), [&] {
            for (int posts = 0; posts < 3; ++posts) boost::asio::post(loop.executor(), [] {});
            boost::asio::post(loop.executor(), [&] {
                ++ran;
                ran.notify_one();
            });
        });
        ran.wait(i - 1);
    }
    loop.stop();
    thread.join();
    EXPECT_EQ(ran, 100);
}

TEST(EventLoop, KnowsItsOwnThreadWhileItHandlesEvents) {
    net::EventLoop loop;
    bool inside = false;
    auto [near, far] = socket_pair();
    Peer(far.release()).send("x");
    net::PolledSocket socket(std::move(near));
    const auto note = [&] {
        inside = loop.executor().running_in_this_thread();
        loop.stop();
    };
    socket.tell(net::Poller::of(loop.executor()),
                [](void* self, std::uint32_t) { (*static_cast<decltype(note)*>(self))(); }, const_cast<void*>(static_cast<const void*>(&note)));
    EXPECT_FALSE(socket.want(EPOLLIN));
    loop.run();
    EXPECT_TRUE(inside);
    EXPECT_FALSE(loop.executor().running_in_this_thread());
}

}  // namespace
}  // namespace net_tests
