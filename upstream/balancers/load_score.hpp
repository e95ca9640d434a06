// How loaded an endpoint is for its weight: the number that "least" methods compare.
#pragma once

#include "upstream/endpoint.hpp"
#include "upstream/latency.hpp"

namespace upstream {

enum class Measure {
    leases,   ///< least_conn: leases for its weight
    latency,  ///< least_time: the time it takes, times the leases it would then have, for its weight
};

/// Of an endpoint with these numbers; lower is better. Equal loads for equal weights give exactly equal scores.
inline float score(const Load& load, float weight, Measure measure, CoarseTime now) {
    const auto leases = static_cast<float>(load.leases.load(std::memory_order_relaxed));
    if (measure == Measure::leases) return leases / weight;
    const Latency latency = Latency::unpacked(load.latency.load(std::memory_order_relaxed));
    // Nothing is known of an endpoint that has not answered yet: it gets one request at once, and the next ones when that
    // has told how long it takes.
    constexpr float unknown = 1e9F;
    if (latency.milliseconds <= 0) return unknown * leases / weight;
    return latency.at(now) * (leases + 1) / weight;
}

inline float score(const Endpoint& endpoint, Measure measure, net::TimePoint now) {
    return score(endpoint.load(), endpoint.weight_at(now), measure, coarse(now));
}

}  // namespace upstream
