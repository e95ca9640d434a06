// The epoll set of a worker's tunnels.
#include "proxy/tunnel/relay.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "proxy/tunnel/pair.hpp"

namespace proxy::tunnel {

namespace {

constexpr std::size_t read_buffer_size = 256 * 1024;

int create_epoll() {
    const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    return descriptor;
}

}  // namespace

Relay::Relay(const net::Executor& executor, net::DeadlineQueue& deadlines)
    : deadlines_(deadlines), epoll_(executor, create_epoll()), buffer_(read_buffer_size) {
    wait();
}

Relay::~Relay() { close_all("shutdown"); }

void Relay::wait() {
    epoll_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](net::ErrorCode error) {
        if (error) return;  // the relay is being destroyed
        run_batch();
        wait();
    });
}

// One batch, then the event loop has its turn: accepting and HTTP go on beside busy tunnels. Events that did not
// fit stay in the level-triggered set and make it readable at once.
void Relay::run_batch() {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    in_batch_ = true;
    for (int i = 0; i < count; ++i) {
        auto& side = *static_cast<Side*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!side.pair->over()) side.pair->handle(side, events[static_cast<std::size_t>(i)].events);
    }
    in_batch_ = false;
    ended_.clear();
}

void Relay::adopt(Tunnel tunnel) {
    auto* pair = new Pair(*this, std::move(tunnel));  // owned by pairs_ until discard()
    pairs_.push_back(*pair);
    const bool outer = !in_batch_;
    in_batch_ = true;
    pair->start();
    if (outer) {
        in_batch_ = false;
        ended_.clear();
    }
}

void Relay::close_all(std::string_view reason) {
    while (!pairs_.empty()) pairs_.front().end("proxy", reason);
}

void Relay::discard(Pair& pair) {
    pairs_.erase(pairs_.iterator_to(pair));
    ended_.emplace_back(&pair);
    if (!in_batch_) ended_.clear();
}

}  // namespace proxy::tunnel
