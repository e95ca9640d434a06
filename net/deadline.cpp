// The set of coarse deadlines.
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

void Deadline::arm(Duration after) { arm_at(queue_.armed_from_() + after); }

void Deadline::arm_at(TimePoint due) {
    due_ = due;
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

}  // namespace net
