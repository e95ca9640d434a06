// Counting results of probes.
#include "upstream/health/active_health.hpp"

#include <algorithm>

namespace upstream {

ActiveHealth::Check& ActiveHealth::at(std::size_t check) {
    if (check >= checks_.size()) checks_.resize(check + 1);
    return checks_[check];
}

ActiveHealth::Change ActiveHealth::count(std::size_t check, Result result, const VerdictLimits& limits) {
    Check& counted = at(check);
    const bool passed = result == Result::passed;
    const bool was_awaited = (obstacles_.load(std::memory_order_relaxed) & awaited_bit(check)) != 0;
    const bool was_unhealthy = counted.verdict == Verdict::unhealthy;
    const bool agrees = passed != was_unhealthy;
    const unsigned needed = passed ? limits.passes : limits.fails;
    if (agrees) {
        counted.in_a_row = 0;
    } else if (!was_awaited && ++counted.in_a_row < needed) {
        return Change::none;
    }
    counted.in_a_row = 0;
    counted.verdict = passed ? Verdict::healthy : Verdict::unhealthy;

    const bool was_failing = failing();
    const bool was_shut_out = was_failing || awaited();
    std::uint32_t obstacles = obstacles_.load(std::memory_order_relaxed) & ~awaited_bit(check);
    obstacles = passed ? obstacles & ~failing_bit(check) : obstacles | failing_bit(check);
    obstacles_.store(obstacles, std::memory_order_relaxed);
    if (failing()) return was_failing ? Change::none : Change::fell;
    return was_shut_out && !awaited() ? Change::rose : Change::none;
}

void ActiveHealth::await(std::uint32_t checks) {
    std::uint32_t awaited = 0;
    for (std::size_t check = 0; check < most_checks; ++check)
        if ((checks & failing_bit(check)) != 0 && verdict(check) == Verdict::none) awaited |= awaited_bit(check);
    obstacles_.store((obstacles_.load(std::memory_order_relaxed) & failing_bits) | awaited, std::memory_order_relaxed);
}

void ActiveHealth::keep_first(std::size_t checks) {
    if (checks < checks_.size()) checks_.resize(checks);
    const std::uint32_t kept = (std::uint32_t{1} << checks) - 1;
    obstacles_.fetch_and(kept | kept << most_checks, std::memory_order_relaxed);
}

}  // namespace upstream
