// The epoll set: registration, batches of events, and what happens to them when a socket is closed meanwhile.
#include "net/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "net/system_calls.hpp"

namespace net {

namespace asio = boost::asio;

namespace {

Descriptor checked(int descriptor, const char* call) {
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), call);
    return Descriptor(descriptor);
}

Descriptor create_set() { return checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"); }

}  // namespace

asio::execution_context::id Poller::id;

Poller& Poller::of(const Executor& executor) { return asio::use_service<Poller>(executor.context()); }

void Poller::wake(const Executor& executor) {
    if (asio::has_service<Poller>(executor.context())) of(executor).wake();
}

Poller::Poller(asio::io_context& context) : asio::execution_context::service(context), set_(create_set()) {
    nested_.emplace(context.get_executor(), set_.get());
    wait_nested();
}

Poller::Poller(asio::execution_context& context, Outermost)
    : asio::execution_context::service(context),
      set_(create_set()),
      wakeup_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;  // told of once for each wake(), and never read
    event.data.ptr = nullptr;          // there is nothing to handle
    if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void Poller::shutdown() {
    while (!waiters_.empty()) {
        Waiter& waiter = waiters_.front();
        waiters_.pop_front();
        waiter.abandon();
    }
    if (nested_) nested_->release();
    set_.reset();
}

void Poller::wait_nested() {
    nested_->async_wait(asio::posix::descriptor_base::wait_read, [this](ErrorCode error) {
        if (error) return;  // the event loop is being destroyed
        run_batches();
        wait_nested();
    });
}

void Poller::wait() { fetch(-1); }

void Poller::wake() {
    if (wakeup_) ::eventfd_write(wakeup_.get(), 1);
}

// Under load there is a next batch by the time one is done, and asking for it costs a third of what a turn of the event
// loop does, which has timers and what others have posted as well: it gets its turn behind a few batches. A batch of
// one says that there is no load. Events that did not fit stay in the level-triggered set and make it readable at once.
void Poller::run_batches() {
    constexpr int most = 8;
    for (int batches = 0; batches < most && !nested_->get_executor().context().stopped(); ++batches) {
        const std::size_t size = fetch(0);
        handle();
        if (size <= 1) return;
    }
}

std::size_t Poller::fetch(int timeout) {
    const int count = kernel::epoll_wait(set_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
    batch_ = std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
    return batch_.size();
}

void Poller::handle() {
    PolledSocket::Callback latest = nullptr;
    while (!batch_.empty()) {
        const auto* const next = static_cast<PolledSocket::Place*>(batch_.front().data.ptr);
        // What some leave for the end does not wait for what others do, a row of TLS handshakes for example.
        if (next != nullptr && std::exchange(latest, next->callback) != next->callback) tell_end();
        const epoll_event event = batch_.front();
        batch_ = batch_.subspan(1);
        auto* const place = static_cast<PolledSocket::Place*>(event.data.ptr);
        if (place == nullptr) continue;  // closed by somebody earlier in this batch, or wake()
        begin_event();
        if (place->callback == nullptr)
            place->want(0);
        else
            place->callback(place->owner, event.events);
    }
    end_events();
    tell_end();
}

void Poller::tell_end() {
    for (BatchEnd& listener : batch_ends_) listener.batch_ended();
}

PolledSocket::PolledSocket(Descriptor descriptor) {
    if (!descriptor) return;
    place_ = std::make_unique<Place>();
    place_->descriptor = std::move(descriptor);
}

PolledSocket& PolledSocket::operator=(PolledSocket&& other) noexcept {
    if (this == &other) return *this;
    close();
    place_ = std::move(other.place_);
    return *this;
}

void PolledSocket::tell(Poller& poller, Callback callback, void* owner) {
    if (!place_) return;
    place_->poller = &poller;
    place_->callback = callback;
    place_->owner = owner;
}

void PolledSocket::tell_nobody() {
    if (place_) place_->callback = nullptr;
}

ErrorCode PolledSocket::want(std::uint32_t events) {
    if (!place_) return asio::error::bad_descriptor;
    return place_->want(events);
}

ErrorCode PolledSocket::Place::want(std::uint32_t events) {
    if (events == wanted) return {};
    epoll_event event{};
    event.events = events;
    event.data.ptr = this;
    const int operation = events == 0 ? EPOLL_CTL_DEL : wanted == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(poller->set_.get(), operation, descriptor.get(), &event) != 0)
        return {errno, boost::system::system_category()};
    wanted = events;
    return {};
}

bool PolledSocket::has_heard_nothing() const {
    if ((wanted() & EPOLLIN) == 0) return false;
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
