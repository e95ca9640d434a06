// The queue of coarse deadlines.
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

void Deadline::arm(Duration after) { queue_.arm(*this, after); }

void Deadline::arm_at(TimePoint due) {
    due_ = due;
    if (!is_queued() || due_ < queued_) queue_.place(*this, nullptr);
}

void Deadline::leave_queue() {
    in_line_.unlink();
    in_order_.unlink();
}

void DeadlineQueue::arm(Deadline& deadline, Duration after) {
    deadline.due_ = armed_from_() + after;
    if (!deadline.is_queued() || deadline.due_ < deadline.queued_) place(deadline, line_for(after));
}

void DeadlineQueue::place(Deadline& deadline, Line* line) {
    deadline.leave_queue();
    deadline.queued_ = deadline.due_;
    if (line != nullptr && !line->empty() && line->back().queued_ <= deadline.queued_) {
        line->push_back(deadline);  // cannot be the first of all
        return;
    }
    const Deadline* const before = first();
    if (line != nullptr && line->empty())
        line->push_back(deadline);
    else
        ordered_.insert(deadline);
    if (on_earlier_ && (before == nullptr || deadline.queued_ < before->queued_)) on_earlier_(deadline.queued_);
}

// There are a few such times, those of a configuration, and what is left of one now and then. Where there are more, the set
// has them.
DeadlineQueue::Line* DeadlineQueue::line_for(Duration after) {
    constexpr std::size_t most = 8;
    Alike* unused = nullptr;
    for (Alike& each : alike_) {
        if (each.after == after) return &each.line;
        if (each.line.empty()) unused = &each;
    }
    if (unused == nullptr) {
        if (alike_.size() == most) return nullptr;
        alike_.reserve(most);  // so that lines stay where they are
        unused = &alike_.emplace_back();
    }
    unused->after = after;
    return &unused->line;
}

Deadline* DeadlineQueue::first() {
    Deadline* found = ordered_.empty() ? nullptr : &*ordered_.begin();
    for (Alike& each : alike_)
        if (!each.line.empty() && (found == nullptr || each.line.front().queued_ < found->queued_)) found = &each.line.front();
    return found;
}

TimePoint DeadlineQueue::earliest() {
    const Deadline* const deadline = first();
    return deadline == nullptr ? TimePoint::max() : deadline->queued_;
}

void DeadlineQueue::expire(TimePoint now) {
    for (Deadline* deadline = first(); deadline != nullptr && deadline->queued_ <= now; deadline = first()) {
        deadline->leave_queue();
        if (!deadline->armed()) continue;
        if (deadline->due_ > now) {
            deadline->queued_ = deadline->due_;
            ordered_.insert(*deadline);
            continue;
        }
        deadline->disarm();
        deadline->on_expiry_(deadline->owner_);
    }
}

}  // namespace net
