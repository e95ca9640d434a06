// The set of coarse deadlines and the timer that drives it.
#include "net/deadline.hpp"

namespace net {

void Deadline::arm(Duration after) {
    due_ = queue_.now() + after;
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

DeadlineTimer::DeadlineTimer(const Executor& executor, DeadlineQueue& queue)
    : queue_(queue), timer_(executor) {
    queue_.on_earlier([this](TimePoint due) {
        if (due < scheduled_) schedule(due);
    });
}

void DeadlineTimer::stop() {
    stopped_ = true;
    queue_.on_earlier(nullptr);
    timer_.cancel();
}

void DeadlineTimer::schedule(TimePoint due) {
    // Rounded up, so that deadlines close to each other share one wake-up.
    const auto rounded = std::chrono::ceil<Duration>(due.time_since_epoch() + DeadlineQueue::resolution / 2);
    scheduled_ = TimePoint(rounded);
    timer_.expires_at(scheduled_);
    timer_.async_wait([this](ErrorCode error) {
        if (error || stopped_) return;
        scheduled_ = TimePoint::max();
        queue_.expire(queue_.now());
        if (queue_.earliest() != TimePoint::max()) schedule(queue_.earliest());
    });
}

}  // namespace net
