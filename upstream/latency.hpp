// How long an endpoint takes to answer, as one number that fades while nobody renews it.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>

#include "upstream/load.hpp"

namespace upstream {

/// Milliseconds as a fraction, and the time of the last observation, packed into Load::latency. 0: never observed.
struct Latency {
    float milliseconds = 0;
    CoarseTime observed = 0;

    static Latency unpacked(std::uint64_t cell) {
        return {std::bit_cast<float>(static_cast<std::uint32_t>(cell >> 32)), static_cast<CoarseTime>(cell)};
    }
    std::uint64_t packed() const { return std::uint64_t{std::bit_cast<std::uint32_t>(milliseconds)} << 32 | observed; }

    /// Half of it is left after 128 steps (8.2 s). So an endpoint that was slow once is tried again some time, instead of
    /// being left alone for ever because nobody finds out that it has become fast. The exponent of a float stands above
    /// its 23 bits of fraction, so taking 2^16 off its bits for each step halves it in 128; between two halvings the
    /// curve is straight, which is close enough for a scan over ten thousand endpoints that costs a nanosecond or two each.
    float at(CoarseTime now) const {
        const auto age = std::max(static_cast<std::int32_t>(now - observed), 0);  // another worker may be ahead
        const auto bits = std::bit_cast<std::int32_t>(milliseconds);
        return std::bit_cast<float>(age > bits >> 16 ? 0 : bits - (age << 16));
    }
};

/// What a new observation does to the number.
enum class Averaging {
    moving,  ///< moves it by an eighth of the difference
    peak,    ///< peak EWMA: takes a longer time at once, and forgets it as it fades
};

inline Latency renewed(Latency old, std::chrono::duration<float, std::milli> taken, net::TimePoint now,
                       Averaging averaging) {
    const float sample = std::max(taken.count(), 0.01F);
    const CoarseTime step = coarse(now);
    if (old.milliseconds <= 0) return {sample, step};
    if (averaging == Averaging::moving) return {old.milliseconds + (sample - old.milliseconds) / 8, step};
    const float left = old.at(step);
    const float forgotten = 1 - left / old.milliseconds;
    return {std::max(sample, left + sample * forgotten), step};
}

/// Enters an observation. Thread-safe.
inline void observe(Load& load, std::chrono::duration<float, std::milli> taken, net::TimePoint now,
                    Averaging averaging) {
    std::uint64_t cell = load.latency.load(std::memory_order_relaxed);
    while (!load.latency.compare_exchange_weak(
        cell, renewed(Latency::unpacked(cell), taken, now, averaging).packed(), std::memory_order_relaxed)) {
    }
}

}  // namespace upstream
