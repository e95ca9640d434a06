// Counting failures within a window.
#include "upstream/passive_health.hpp"

namespace upstream {

void PassiveHealth::failed(net::TimePoint now) {
    if (max_fails_ == 0) return;
    const Ticks start = window_start_.load(std::memory_order_relaxed);
    if (fails_.load(std::memory_order_relaxed) == 0 || now - net::TimePoint(net::Clock::duration(start)) > fail_timeout_) {
        window_start_.store(ticks(now), std::memory_order_relaxed);
        fails_.store(0, std::memory_order_relaxed);
    }
    if (fails_.fetch_add(1, std::memory_order_relaxed) + 1 < max_fails_) return;
    fails_.store(0, std::memory_order_relaxed);
    out_until_.store(ticks(now + fail_timeout_), std::memory_order_relaxed);
}

void PassiveHealth::succeeded() {
    // Loads first: a store on every request would bounce the cache line between workers.
    if (fails_.load(std::memory_order_relaxed) != 0) fails_.store(0, std::memory_order_relaxed);
    if (out_until_.load(std::memory_order_relaxed) != 0) out_until_.store(0, std::memory_order_relaxed);
}

bool PassiveHealth::allows(net::TimePoint now) const {
    return ticks(now) >= out_until_.load(std::memory_order_relaxed);
}

}  // namespace upstream
