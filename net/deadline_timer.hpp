// What makes the deadlines of a queue fire.
#pragma once

#include "net/deadline.hpp"
#include "net/poller.hpp"

namespace net {

/// Drives a queue from an event loop. Ends with stop() or its destruction. Throws std::system_error when no descriptor can
/// be had.
class DeadlineTimer {
 public:
    /// What is due within `grace` of something else waits for that, so that deadlines close to each other share one wake-up.
    DeadlineTimer(const Executor& executor, DeadlineQueue& queue, Duration grace = DeadlineQueue::resolution / 2);
    void stop();

 private:
    static void on_event(void* self, std::uint32_t events);
    void schedule(TimePoint due);
    TimePoint rounded(TimePoint due) const;

    DeadlineQueue& queue_;
    Duration grace_;
    PolledSocket timer_;  // a timerfd
    TimePoint scheduled_ = TimePoint::max();
};

}  // namespace net
