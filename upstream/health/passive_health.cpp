// Counting failures within a window.
#include "upstream/health/passive_health.hpp"

namespace upstream {

PassiveHealth::Consequence PassiveHealth::failed(net::TimePoint now, const FailureLimits& limits) {
    if (limits.max_fails == 0) return Consequence::none;
    const bool taken_out = out_until_.load(std::memory_order_relaxed) != 0;
    if (!taken_out) {
        const net::TimePoint start(net::Clock::duration(window_start_.load(std::memory_order_relaxed)));
        if (fails_.load(std::memory_order_relaxed) == 0 || now - start > limits.fail_timeout) {
            window_start_.store(ticks(now), std::memory_order_relaxed);
            fails_.store(0, std::memory_order_relaxed);
        }
        if (fails_.fetch_add(1, std::memory_order_relaxed) + 1 < limits.max_fails) return Consequence::none;
    }
    on_trial_.store(false, std::memory_order_relaxed);
    out_until_.store(ticks(now + limits.fail_timeout), std::memory_order_relaxed);
    return Consequence::taken_out;
}

void PassiveHealth::forgive() {
    on_trial_.store(false, std::memory_order_relaxed);
    fails_.store(0, std::memory_order_relaxed);
    out_until_.store(0, std::memory_order_relaxed);
}

PassiveHealth::Outage PassiveHealth::succeeded() {
    // Only a trial is decided by a success. A request that began before the endpoint failed says nothing about it now,
    // and an endpoint that fails every other time would never be taken out if a success wiped its failures.
    // Looked at first: every request comes here, and a write would take the line from all workers that pick.
    if (!on_trial_.load(std::memory_order_relaxed) || !on_trial_.exchange(false, std::memory_order_relaxed))
        return Outage::goes_on;
    forgive();
    return Outage::ended;
}

bool PassiveHealth::allows(net::TimePoint now, const FailureLimits& limits) const {
    const Ticks until = out_until_.load(std::memory_order_relaxed);
    return until == 0 || limits.max_fails == 0 || ticks(now) > until;
}

bool PassiveHealth::claim(net::TimePoint now, const FailureLimits& limits) {
    Ticks until = out_until_.load(std::memory_order_relaxed);
    if (until == 0 || limits.max_fails == 0) return true;
    if (ticks(now) <= until) return false;
    // Whoever moves the end of the outage has the trial; the others wait for what becomes of it.
    const Ticks next = ticks(now + limits.fail_timeout);
    if (!out_until_.compare_exchange_strong(until, next, std::memory_order_relaxed)) return false;
    on_trial_.store(true, std::memory_order_relaxed);
    return true;
}

}  // namespace upstream
