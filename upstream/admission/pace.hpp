// At most so many events in a time, over all threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <optional>

#include "net/deadline.hpp"

namespace upstream {

/// How fast events may follow each other.
struct PaceLimit {
    net::Clock::duration spacing{};  ///< on average
    unsigned burst = 1;            ///< events that may come at once after a quiet time; at least 1
};

/// The generic cell rate algorithm (ITU-T I.371) with one number: the time at which the next event would be due if
/// events came evenly. In any stretch of time there are at most `burst` events and one more for each spacing in it.
class Pace {
 public:
    /// Counts an event that happens now, or says when the next one may happen and counts nothing.
    std::optional<net::TimePoint> take(net::TimePoint now, PaceLimit limit) {
        Ticks due = due_.load(std::memory_order_relaxed);
        do {
            if (const auto when = next_after(due, now, limit)) return when;
        } while (!due_.compare_exchange_weak(due, std::max(due, ticks(now)) + limit.spacing.count(),
                                             std::memory_order_relaxed));
        return std::nullopt;
    }

    /// Forgives what events owe to a limit that was slower, but for a burst of this one: asked when it changes. Only
    /// then, since the times of two threads differ, and each would forgive a little of what the other has counted.
    void change_to(PaceLimit limit, net::TimePoint now) {
        const Ticks most = ticks(now) + limit.spacing.count() * static_cast<Ticks>(limit.burst);
        Ticks due = due_.load(std::memory_order_relaxed);
        while (due > most && !due_.compare_exchange_weak(due, most, std::memory_order_relaxed)) continue;
    }

    /// When the next event may happen, if that is later than now. Counts nothing.
    std::optional<net::TimePoint> next(net::TimePoint now, PaceLimit limit) const {
        return next_after(due_.load(std::memory_order_relaxed), now, limit);
    }

 private:
    using Ticks = net::Clock::rep;

    static Ticks ticks(net::TimePoint time) { return time.time_since_epoch().count(); }

    static std::optional<net::TimePoint> next_after(Ticks due, net::TimePoint now, PaceLimit limit) {
        const Ticks when = due - limit.spacing.count() * static_cast<Ticks>(limit.burst - 1);
        if (when <= ticks(now)) return std::nullopt;
        return net::TimePoint(net::Clock::duration(when));
    }

    std::atomic<Ticks> due_{0};
};

}  // namespace upstream
