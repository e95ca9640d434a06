// At most so many events in a time, over all threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <optional>

#include "net/deadline.hpp"

namespace upstream {

/// How fast events may follow each other.
struct PaceLimit {
    net::Clock::duration spacing;  ///< on average
    unsigned burst = 1;            ///< events that may come at once after a quiet time; at least 1
};

/// The generic cell rate algorithm (ITU-T I.371) with one number: the time at which the next event would be due if events
/// came evenly. In any stretch of time there are at most `burst` events and one more for each spacing in it.
class Pace {
 public:
    /// Counts an event that happens now, or says when the next one may happen and counts nothing.
    std::optional<net::TimePoint> take(net::TimePoint now, PaceLimit limit) {
        const Ticks time = now.time_since_epoch().count();
        const Ticks ahead = limit.spacing.count() * static_cast<Ticks>(limit.burst - 1);
        Ticks due = due_.load(std::memory_order_relaxed);
        do {
            if (due - time > ahead) return net::TimePoint(net::Clock::duration(due - ahead));
        } while (!due_.compare_exchange_weak(due, std::max(due, time) + limit.spacing.count(), std::memory_order_relaxed));
        return std::nullopt;
    }

 private:
    using Ticks = net::Clock::rep;
    std::atomic<Ticks> due_{0};
};

}  // namespace upstream
