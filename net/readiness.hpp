// Coroutines that wait for a socket: one for each direction.
#pragma once

#include <tuple>

#include <boost/asio/any_completion_handler.hpp>

#include "net/poller.hpp"

namespace net {

enum class Direction { read, write };

/// The waits of one polled socket while coroutines use it. Used on its event loop only, and must not be destroyed while
/// one waits, except with that event loop.
class Readiness : private Poller::Waiter {
 public:
    /// Takes over the events of `socket`, which must live as long, and stay at its place.
    Readiness(const Executor& executor, PolledSocket& socket);

    /// Waits until the socket can be read or written, or has failed, which the next call on it will say. Errors:
    /// operation_aborted after cancel(), those of epoll_ctl. One wait for each direction at a time.
    /// `auto [error] = co_await readiness.wait(Direction::read);`
    Task<std::tuple<ErrorCode>> wait(Direction direction);

    /// Ends both waits with operation_aborted, in a later turn of the event loop.
    void cancel();

 private:
    using Handler = boost::asio::any_completion_handler<void(ErrorCode)>;

    static void on_events(void* self, std::uint32_t events);
    void begin(Direction direction, Handler handler);
    void complete(Handler handler, ErrorCode error);
    void handle(std::uint32_t events);
    void abandon() override;
    std::uint32_t awaited() const;
    void want_awaited();

    Executor executor_;
    Poller& poller_;
    PolledSocket& socket_;
    Handler reader_;
    Handler writer_;
};

}  // namespace net
