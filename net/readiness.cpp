// Suspending coroutines until epoll tells of their socket.
#include "net/readiness.hpp"

#include <sys/epoll.h>

#include <utility>

#include <boost/asio/post.hpp>

namespace net {

namespace asio = boost::asio;

Readiness::Readiness(const Executor& executor, PolledSocket& socket)
    : executor_(executor), poller_(Poller::of(executor)), socket_(socket) {
    socket_.tell(poller_, &Readiness::on_events, this);
}

std::uint32_t Readiness::awaited() const { return (reader_ ? EPOLLIN : 0u) | (writer_ ? EPOLLOUT : 0u); }

// Not a coroutine: it would cost a frame for every wait.
Task<std::tuple<ErrorCode>> Readiness::wait(Direction direction) {
    const auto initiate = [this, direction](auto handler) { begin(direction, std::move(handler)); };
    return asio::async_initiate<decltype(no_throw), void(ErrorCode)>(initiate, no_throw);
}

void Readiness::begin(Direction direction, Handler handler) {
    const std::uint32_t events = awaited() | (direction == Direction::read ? EPOLLIN : EPOLLOUT);
    if (const ErrorCode error = socket_.want(events)) return complete(std::move(handler), error);
    // Not assigned: in Boost 1.81 the assignment wraps the handler in itself without end.
    (direction == Direction::read ? reader_ : writer_).swap(handler);
    if (!is_linked()) poller_.add(*this);
}

void Readiness::complete(Handler handler, ErrorCode error) {
    asio::post(executor_, [handler = std::move(handler), error]() mutable { handler(error); });
}

void Readiness::on_events(void* self, std::uint32_t events) { static_cast<Readiness*>(self)->handle(events); }

void Readiness::handle(std::uint32_t events) {
    const bool over = (events & (EPOLLERR | EPOLLHUP)) != 0;
    Handler reader = over || (events & EPOLLIN) != 0 ? std::move(reader_) : Handler();
    Handler writer = over || (events & EPOLLOUT) != 0 ? std::move(writer_) : Handler();
    want_awaited();
    if (!reader_ && !writer_) unlink();
    // A coroutine that goes on may destroy all this.
    if (reader) reader(ErrorCode());
    if (writer) writer(ErrorCode());
}

// No more than before, which does not fail.
void Readiness::want_awaited() { [[maybe_unused]] const ErrorCode ignored = socket_.want(awaited()); }

void Readiness::cancel() {
    if (is_linked()) unlink();
    if (reader_) complete(std::exchange(reader_, nullptr), asio::error::operation_aborted);
    if (writer_) complete(std::exchange(writer_, nullptr), asio::error::operation_aborted);
    want_awaited();
}

void Readiness::abandon() {
    // Destroying them destroys the coroutines that wait, and with those all this.
    const Handler reader = std::move(reader_);
    const Handler writer = std::move(writer_);
}

}  // namespace net
