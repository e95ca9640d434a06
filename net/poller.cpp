// The epoll set: waiting, and batches of events.
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

void Poller::line_up(PolledSocket::Place& place) {
    // Where it waits in the set itself, wait() sees that there is something.
    if (nested_ && !std::exchange(is_run_posted_, true))
        asio::post(nested_->get_executor(), [this] {
            is_run_posted_ = false;
            run_batches();
        });
    unread_.push_back(place);
}

void Poller::wait() { fetch(unread_.empty() ? -1 : 0); }

void Poller::wake() {
    if (wakeup_) ::eventfd_write(wakeup_.get(), 1);
}

// Under load there is a next batch by the time one is done, and asking for it costs a third of what a turn of the event
// loop does, which has timers and what others have posted as well: it gets its turn behind a few batches. A batch of
// one says that there is no load. Events that did not fit stay in the set and make it readable at once.
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
    PolledSocket::Row unread;  // by an earlier batch: those of this one have to wait for the next
    unread.swap(unread_);
    latest_ = nullptr;
    while (!batch_.empty()) {
        end_others(static_cast<const PolledSocket::Place*>(batch_.front().data.ptr));
        const epoll_event event = batch_.front();  // of nobody by now, where that has closed it
        batch_ = batch_.subspan(1);
        // Null: closed by somebody earlier in this batch, or wake().
        if (auto* const place = static_cast<PolledSocket::Place*>(event.data.ptr)) tell(*place, event.events);
    }
    while (!unread.empty()) {
        end_others(&unread.front());
        if (!unread.empty()) tell(unread.front(), 0);
    }
    end_events();
    tell_end();
}

bool Poller::moves_only() const {
    const auto moves = [](const PolledSocket::Place& place) { return place.reaction == PolledSocket::Reaction::moves; };
    return std::all_of(batch_.begin(), batch_.end(), [&](const epoll_event& event) {
               return event.data.ptr != nullptr && moves(*static_cast<const PolledSocket::Place*>(event.data.ptr));
           }) && std::all_of(unread_.begin(), unread_.end(), moves);
}

// What some leave for the end does not wait for what others do, a row of TLS handshakes for example.
void Poller::end_others(const PolledSocket::Place* next) {
    if (next != nullptr && std::exchange(latest_, next->callback) != next->callback) tell_end();
}

void Poller::tell(PolledSocket::Place& place, std::uint32_t events) {
    place.hear(events);
    const std::uint32_t told = (place.heard | events) & (place.wanted | EPOLLERR | EPOLLHUP);
    if (place.callback == nullptr || place.wanted == 0 || told == 0) return;
    begin_event();
    place.callback(place.owner, told);
}

void Poller::tell_end() {
    for (BatchEnd& listener : batch_ends_) listener.batch_ended();
}

}  // namespace net
