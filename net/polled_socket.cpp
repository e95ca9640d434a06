// Registration, what is known of a socket, and what happens to its events when it is closed.
#include "net/polled_socket.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/error.hpp>

#include "net/poller.hpp"

namespace net {

namespace {

// EPOLLRDHUP and EPOLLPRI say that there may be something behind a read that got less than it had room for: an end, which
// would not be told of again, or what follows urgent data, at which each read stops.
constexpr std::uint32_t of_reading = EPOLLIN | EPOLLRDHUP | EPOLLPRI | EPOLLERR | EPOLLHUP;

}  // namespace

PolledSocket::PolledSocket(Descriptor descriptor, Trigger trigger) {
    if (!descriptor) return;
    place_ = std::make_unique<Place>();
    place_->descriptor = std::move(descriptor);
    place_->trigger = trigger;
}

PolledSocket& PolledSocket::operator=(PolledSocket&& other) noexcept {
    if (this == &other) return *this;
    close();
    place_ = std::move(other.place_);
    return *this;
}

void PolledSocket::tell(Poller& poller, Callback callback, void* owner, Reaction reaction) {
    if (!place_) return;
    place_->reaction = reaction;
    place_->poller = &poller;
    place_->callback = callback;
    place_->owner = owner;
    place_->line_up();
}

void PolledSocket::tell_nobody() {
    if (!place_) return;
    place_->callback = nullptr;
    [[maybe_unused]] const ErrorCode ignored = place_->want(0);  // asks for nothing, which does not fail
}

ErrorCode PolledSocket::want(std::uint32_t events) {
    if (!place_) return boost::asio::error::bad_descriptor;
    return place_->want(events);
}

void PolledSocket::has_read(Rest rest) {
    if (place_) place_->has_read(rest);
}

void PolledSocket::expect_data() {
    if (place_) place_->heard |= EPOLLIN;
}

ErrorCode PolledSocket::Place::want(std::uint32_t events) {
    ErrorCode error;
    if (trigger == Trigger::level) {
        // Nothing wanted leaves the set, because epoll tells of a hang-up even where no event is asked for.
        if (events != wanted)
            error = control(events == 0 ? EPOLL_CTL_DEL : wanted == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, events);
    } else if (!registered && events != 0) {
        error = control(EPOLL_CTL_ADD, of_reading | events | EPOLLET);
        registered = !error;
    } else if ((events & ~wanted & EPOLLOUT) != 0) {
        // Each time, since the room may have come before it was wanted.
        error = control(EPOLL_CTL_MOD, of_reading | EPOLLOUT | EPOLLET);
    }
    if (error) return error;
    wanted = events;
    line_up();
    return {};
}

ErrorCode PolledSocket::Place::control(int operation, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = this;
    if (::epoll_ctl(poller->set_.get(), operation, descriptor.get(), &event) == 0) return {};
    return {errno, boost::system::system_category()};
}

void PolledSocket::Place::hear(std::uint32_t events) {
    if (trigger == Trigger::edge) heard |= events & of_reading;
    if (is_linked()) unlink();  // who is told now lines up again where that leaves something
}

void PolledSocket::Place::has_read(Rest rest) {
    if (rest == Rest::nothing || (rest == Rest::end_at_most && (heard & ~EPOLLIN) == 0)) heard = 0;
    line_up();
}

bool PolledSocket::Place::is_readable() const { return (heard & ~EPOLLPRI) != 0; }

void PolledSocket::Place::line_up() {
    const bool is_due = callback != nullptr && (wanted & EPOLLIN) != 0 && is_readable();
    if (is_due == is_linked()) return;
    if (is_due)
        poller->line_up(*this);
    else
        unlink();
}

bool PolledSocket::has_heard_nothing() const {
    if (!place_ || !place_->registered || place_->heard != 0) return false;
    const std::span<const epoll_event> fetched = place_->poller->batch_;
    return std::none_of(fetched.begin(), fetched.end(),
                        [this](const epoll_event& event) { return event.data.ptr == place_.get(); });
}

void PolledSocket::close() {
    if (!place_) return;
    // The kernel takes a closed descriptor out of the set, but not out of a batch that has been fetched already.
    if (place_->poller != nullptr)
        for (epoll_event& event : place_->poller->batch_)
            if (event.data.ptr == place_.get()) event.data.ptr = nullptr;
    place_.reset();
}

}  // namespace net
