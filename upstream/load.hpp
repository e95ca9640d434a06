// What a method that compares all endpoints of a pool looks at: kept small, and side by side in memory.
#pragma once

#include <atomic>
#include <cstdint>

#include "net/deadline.hpp"

namespace upstream {

/// A point in time in steps of 64 ms, which wrap after eight years. 0 stands for "never".
using CoarseTime = std::uint32_t;

inline CoarseTime coarse(net::TimePoint time) {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    const auto steps = static_cast<CoarseTime>(passed.count() / 64);
    return steps == 0 ? 1 : steps;
}

inline std::chrono::milliseconds since(CoarseTime then, net::TimePoint now) {
    return std::chrono::milliseconds(64) * static_cast<CoarseTime>(coarse(now) - then);
}

/// The numbers of one endpoint over all workers. Four of them share a cache line, so that a pool of ten thousand is
/// scanned in microseconds.
struct Load {
    std::atomic<std::uint32_t> leases{0};    ///< requests and tunnels that hold one now
    std::atomic<CoarseTime> recovered{0};    ///< when it came back, or joined a pool at work; 0: it was always there
    std::atomic<std::uint64_t> latency{0};   ///< see latency.hpp
};

}  // namespace upstream
