// An event loop, a fake clock and socket pairs, for tests of what reads and writes streams.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "net/descriptor.hpp"
#include "net/stream.hpp"
#include "tests/net/fake_clock.hpp"

namespace net_tests {

/// The far end of a stream under test, used with plain non-blocking system calls.
class Peer {
  public:
    explicit Peer(int descriptor) : descriptor_(descriptor) {}

    int descriptor() const { return descriptor_.get(); }

    void send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t count = ::send(descriptor_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) throw std::runtime_error("the peer cannot send");
            text.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    /// Sends until the socket takes no more; gives the number of bytes.
    std::size_t fill() {
        const std::string block(4096, 'f');
        std::size_t total = 0;
        for (;;) {
            const ssize_t count = ::send(descriptor_.get(), block.data(), block.size(), MSG_NOSIGNAL);
            if (count <= 0) return total;
            total += static_cast<std::size_t>(count);
        }
    }

    /// What has arrived by now.
    std::string receive(std::size_t most = std::string::npos) {
        std::string text;
        std::string block(65536, '\0');
        while (text.size() < most) {
            const ssize_t count =
                ::recv(descriptor_.get(), block.data(), std::min(block.size(), most - text.size()), 0);
            if (count <= 0) {
                ended_ = ended_ || count == 0 || (errno != EAGAIN && errno != EINTR);
                break;
            }
            text.append(block, 0, static_cast<std::size_t>(count));
        }
        return text;
    }

    /// True once receive() has met the end of the stream or a reset.
    bool ended() const { return ended_; }

    void shutdown_write() { ::shutdown(descriptor_.get(), SHUT_WR); }
    void close() { descriptor_.reset(); }

  private:
    net::Descriptor descriptor_;
    bool ended_ = false;
};

/// Fills a socket under test behind its owner's back, to the last byte; gives the number of bytes.
inline std::size_t stuff(int near) {
    std::size_t total = 0;
    for (const std::size_t size : {4096u, 1u}) {
        const std::string block(size, 'x');
        for (ssize_t count = 0; (count = ::send(near, block.data(), size, MSG_DONTWAIT)) > 0;)
            total += static_cast<std::size_t>(count);
    }
    return total;
}

/// Two connected unix stream sockets, non-blocking.
inline std::pair<net::Descriptor, net::Descriptor> socket_pair() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        throw std::runtime_error("socketpair");
    return {net::Descriptor(pair[0]), net::Descriptor(pair[1])};
}

/// The result of a coroutine that may still be running.
template <typename T>
class Outcome {
  public:
    bool done() const { return state_->error || state_->value; }

    T take() {
        if (state_->error) std::rethrow_exception(state_->error);
        return std::move(state_->value.value());
    }

  private:
    friend class Loop;
    struct State {
        std::exception_ptr error;
        std::optional<T> value;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Runs coroutines by hand. Deadlines expire only in expire(), when the fake clock has been moved.
class Loop {
  public:
    net::Executor executor() { return context_.get_executor(); }
    net::DeadlineQueue& deadlines() { return deadlines_; }
    FakeClock& clock() { return clock_; }

    /// Starts a coroutine and lets it come as far as it can.
    template <typename T>
    Outcome<T> start(net::Task<T> task) {
        Outcome<T> outcome = spawn(std::move(task));
        turn();
        return outcome;
    }

    /// Prepares a coroutine that begins with the next handler.
    template <typename T>
    Outcome<T> spawn(net::Task<T> task) {
        Outcome<T> outcome;
        boost::asio::co_spawn(executor(), std::move(task),
                              [state = outcome.state_](std::exception_ptr error, T value) {
                                  state->error = error;
                                  if (!error) state->value = std::move(value);
                              });
        return outcome;
    }

    /// Runs one handler.
    void step() {
        context_.restart();
        context_.poll_one();
    }

    /// Runs all handlers that are ready.
    void turn() {
        context_.restart();
        while (context_.poll() > 0) {
        }
    }

    void expire(net::Duration passed) {
        clock_.advance(passed);
        deadlines_.expire(FakeClock::now());
        turn();
    }

    /// Starts a coroutine that must come to its end at once.
    template <typename T>
    T run(net::Task<T> task) {
        Outcome<T> outcome = start(std::move(task));
        if (!outcome.done()) throw std::runtime_error("the coroutine waits for something");
        return outcome.take();
    }

    /// A stream and its far end.
    std::pair<std::unique_ptr<net::Stream>, Peer> stream() {
        auto [near, far] = socket_pair();
        return {std::make_unique<net::Stream>(executor(), std::move(near), deadlines_), Peer(far.release())};
    }

  private:
    FakeClock clock_;
    net::DeadlineQueue deadlines_{&FakeClock::now};
    boost::asio::io_context context_{1};
};

}  // namespace net_tests
