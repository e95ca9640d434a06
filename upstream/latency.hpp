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
    /// being left alone for ever because nobody finds out that it has become fast. Between two halvings the curve is
    /// straight, which is close enough and takes a nanosecond where exp2() takes ten.
    float at(CoarseTime now) const {
        const CoarseTime age = now - observed;
        const std::uint32_t halvings = age >> 7;
        if (halvings > 100) return 0;
        const auto scale = std::bit_cast<float>((127 - halvings) << 23);  // two to the power of -halvings
        return milliseconds * scale * (1 - static_cast<float>(age & 127) / 256);
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
