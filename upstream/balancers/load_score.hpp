// How loaded an endpoint is for its weight: the number that "least" methods compare.
#pragma once

#include "upstream/endpoint.hpp"
#include "upstream/latency.hpp"

namespace upstream {

enum class Measure {
    leases,   ///< least_conn: leases for its weight
    latency,  ///< least_time: the time it takes, times the leases it would then have, for its weight
};

/// A cost for a weight; lower is better. Compared without dividing: scanning ten thousand endpoints shows it, and equal
/// loads for equal weights are exactly equal.
struct Score {
    float cost;
    float weight;

    friend bool operator<(Score a, Score b) { return a.cost * b.weight < b.cost * a.weight; }
    friend bool operator==(Score a, Score b) { return a.cost * b.weight == b.cost * a.weight; }
};

/// What an endpoint with these numbers costs at least: nothing where it has not answered yet. A look less for a scan.
inline float least_cost(const Load& load, Measure measure, CoarseTime now) {
    const auto leases = static_cast<float>(load.leases.load(std::memory_order_relaxed));
    if (measure == Measure::leases) return leases;
    return Latency::unpacked(load.latency.load(std::memory_order_relaxed)).at(now) * (leases + 1);
}

/// What it costs. Nothing is known of an endpoint that has not answered yet: it gets one request at once, and the next ones
/// when that has told how long it takes.
inline float cost(const Load& load, Measure measure, CoarseTime now) {
    constexpr float unknown = 1e9F;
    if (measure == Measure::latency && load.latency.load(std::memory_order_relaxed) == 0)
        return unknown * static_cast<float>(load.leases.load(std::memory_order_relaxed));
    return least_cost(load, measure, now);
}

inline Score score(const Endpoint& endpoint, Measure measure, net::TimePoint now) {
    return {cost(endpoint.load(), measure, coarse(now)), endpoint.weight_at(now)};
}

}  // namespace upstream
