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

/// What an endpoint with these numbers costs at least: nothing where it has not answered yet.
inline float least_cost(std::uint32_t leases, std::uint64_t latency, Measure measure, CoarseTime now) {
    const auto held = static_cast<float>(static_cast<std::int32_t>(leases));  // signed ones are cheaper to convert
    return measure == Measure::leases ? held : Latency::unpacked(latency).at(now) * (held + 1);
}

/// What it costs. Nothing is known of an endpoint that has not answered yet: it gets one request at once, and the next ones
/// when that has told how long it takes.
inline float cost(const Load& load, Measure measure, CoarseTime now) {
    constexpr float unknown = 1e9F;
    const std::uint32_t leases = load.leases.load(std::memory_order_relaxed);
    const std::uint64_t latency = load.latency.load(std::memory_order_relaxed);
    if (measure == Measure::latency && latency == 0) return unknown * static_cast<float>(leases);
    return least_cost(leases, latency, measure, now);
}

inline Score score(const Endpoint& endpoint, Measure measure, net::TimePoint now) {
    return {cost(endpoint.load(), measure, coarse(now)), endpoint.weight_at(now)};
}

}  // namespace upstream
