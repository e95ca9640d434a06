// The event loop of a worker.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>

#include <boost/asio/post.hpp>

#include "net/poller.hpp"

namespace net {

/// Waits in the epoll set of its sockets itself, and has Asio's io_context run what is posted: with the set nested in
/// Asio's reactor each wake-up costs a system call or two more, and each socket that is added a lock of the whole machine. So
/// nothing that needs that reactor may be used on it: no socket, timer or signal set of Asio, but Poller, Deadline and Alarm.
class EventLoop {
 public:
    /// Throws std::system_error when there are no descriptors for it.
    EventLoop();

    Executor executor() { return context_.get_executor(); }

    /// Runs until stop().
    void run();

    /// From any thread.
    void stop();

 private:
    void handle_as_handler();

    // For the one handler of a turn. Outlives the context, in which a loop that was stopped may leave that handler.
    std::array<std::byte, 256> room_;
    std::pmr::monotonic_buffer_resource memory_of_turn_{room_.data(), room_.size()};
    boost::asio::io_context context_{1};
    Poller& poller_;
};

/// Runs a function on the event loop of that executor. From any thread: unlike asio::post(), which leaves an EventLoop
/// asleep.
template <typename Function>
void post(const Executor& executor, Function function) {
    boost::asio::post(executor, std::move(function));
    Poller::wake(executor);
}

}  // namespace net
