// Opening and connecting a socket under a deadline.
#include "upstream/connector.hpp"

namespace upstream {

namespace {

struct Attempt {
    net::Socket socket;
    bool timed_out = false;

    static void expire(void* self) {
        auto& attempt = *static_cast<Attempt*>(self);
        attempt.timed_out = true;
        net::ErrorCode ignored;  // cancelling an open socket does not fail
        attempt.socket.cancel(ignored);
    }
};

}  // namespace

net::Task<net::IoResult<std::unique_ptr<net::Stream>>> connect(net::Executor executor, net::DeadlineQueue& deadlines,
                                                               net::SocketAddress address, net::Duration timeout) {
    Attempt attempt{net::Socket(executor)};
    net::ErrorCode error;
    attempt.socket.open(address.protocol(), error);
    if (error) co_return error;
    net::prepare(attempt.socket);

    net::Deadline deadline(deadlines, &Attempt::expire, &attempt);
    if (timeout > net::Duration::zero()) deadline.arm(timeout);
    auto [connect_error] = co_await attempt.socket.async_connect(address, net::no_throw);
    if (connect_error && attempt.timed_out) co_return net::ErrorCode(boost::asio::error::timed_out);
    if (connect_error) co_return connect_error;
    // A unix socket whose backlog is full refuses with EAGAIN, which Asio takes for success.
    attempt.socket.remote_endpoint(error);
    if (error && address.protocol().family() == AF_UNIX) co_return net::ErrorCode(boost::asio::error::try_again);
    co_return std::make_unique<net::Stream>(std::move(attempt.socket), deadlines);
}

}  // namespace upstream
