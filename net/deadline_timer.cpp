// The timer of a queue: a timerfd in the epoll set of its event loop.
#include "net/deadline_timer.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <ratio>
#include <system_error>

namespace net {

DeadlineTimer::DeadlineTimer(const Executor& executor, DeadlineQueue& queue, Duration grace)
    : queue_(queue),
      grace_(grace),
      timer_(Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)), PolledSocket::Trigger::level) {
    if (timer_.descriptor() < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
    timer_.tell(Poller::of(executor), &DeadlineTimer::on_event, this);
    if (const ErrorCode error = timer_.want(EPOLLIN)) throw std::system_error(error, "epoll_ctl");
    queue_.on_earlier([this](TimePoint due) {
        // Not for one that the wake-up to come serves as well: each request has a deadline a little behind the last one's.
        if (rounded(due) < scheduled_) schedule(due);
    });
}

void DeadlineTimer::stop() {
    queue_.on_earlier(nullptr);
    timer_.close();
}

TimePoint DeadlineTimer::rounded(TimePoint due) const {
    return grace_ == Duration::zero() ? due : TimePoint(std::chrono::ceil<Duration>(due.time_since_epoch() + grace_));
}

void DeadlineTimer::schedule(TimePoint due) {
    scheduled_ = due == TimePoint::max() ? due : rounded(due);
    itimerspec when{};  // all zeros: never
    if (scheduled_ != TimePoint::max()) {
        const auto nanoseconds = std::chrono::nanoseconds(scheduled_.time_since_epoch()).count();
        when.it_value = {nanoseconds / std::nano::den, nanoseconds % std::nano::den};
    }
    ::timerfd_settime(timer_.descriptor(), TFD_TIMER_ABSTIME, &when, nullptr);  // fails on bad arguments only
}

void DeadlineTimer::on_event(void* self, std::uint32_t /*events*/) {
    auto& timer = *static_cast<DeadlineTimer*>(self);
    timer.scheduled_ = TimePoint::max();
    timer.queue_.expire(timer.queue_.now());
    // Also where nothing is due: a timer that has fired is readable until it is set again.
    if (timer.timer_) timer.schedule(timer.queue_.earliest());
}

}  // namespace net
