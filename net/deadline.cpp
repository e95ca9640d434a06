// The set of coarse deadlines and the timer that drives it.
#include "net/deadline.hpp"

#include <time.h>

namespace net {

// What Clock::now() was at the kernel's last tick, some milliseconds ago. Asking for that costs a fraction, and every event
// of a tunnel arms its deadline again.
TimePoint DeadlineQueue::last_tick() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

void Deadline::arm(Duration after) {
    due_ = queue_.armed_from_() + after;
    if (!is_linked() || due_ < queued_) queue_.place(*this);
}

void DeadlineQueue::place(Deadline& deadline) {
    deadline.unlink();
    deadline.queued_ = deadline.due_;
    set_.insert(deadline);
    if (&*set_.begin() == &deadline && on_earlier_) on_earlier_(deadline.queued_);
}

void DeadlineQueue::expire(TimePoint now) {
    while (!set_.empty() && set_.begin()->queued_ <= now) {
        Deadline& deadline = *set_.begin();
        deadline.unlink();
        if (!deadline.armed()) continue;
        if (deadline.due_ > now) {
            deadline.queued_ = deadline.due_;
            set_.insert(deadline);
            continue;
        }
        deadline.disarm();
        deadline.on_expiry_(deadline.owner_);
    }
}

namespace {

// Later, so that deadlines close to each other share one wake-up.
TimePoint rounded(TimePoint due) {
    return TimePoint(std::chrono::ceil<Duration>(due.time_since_epoch() + DeadlineQueue::resolution / 2));
}

}  // namespace

DeadlineTimer::DeadlineTimer(const Executor& executor, DeadlineQueue& queue)
    : queue_(queue), timer_(executor) {
    queue_.on_earlier([this](TimePoint due) {
        // Not for one that the wake-up to come serves as well: each request has a deadline a little behind the last one's.
        if (rounded(due) < scheduled_) schedule(due);
    });
}

void DeadlineTimer::stop() {
    stopped_ = true;
    queue_.on_earlier(nullptr);
    timer_.cancel();
}

void DeadlineTimer::schedule(TimePoint due) {
    scheduled_ = rounded(due);
    timer_.expires_at(scheduled_);
    timer_.async_wait([this](ErrorCode error) {
        if (error || stopped_) return;
        scheduled_ = TimePoint::max();
        queue_.expire(queue_.now());
        if (queue_.earliest() != TimePoint::max()) schedule(queue_.earliest());
    });
}

}  // namespace net
