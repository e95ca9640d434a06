// Smooth weighted round robin, exact over all workers.
#pragma once

#include <atomic>
#include <cstdint>

#include "upstream/balancer.hpp"

namespace upstream {

/// Walks a cycle that is computed once, in which each endpoint stands as often as its weight says and as evenly
/// spread as in nginx. All workers advance one atomic cursor, so that together they keep the order exactly.
class RoundRobin final : public Balancer {
 public:
    /// `first_turn` is a place of the cycle, which any number leads to.
    RoundRobin(Endpoints endpoints, std::uint64_t first_turn);
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    Endpoints endpoints_;
    std::vector<std::uint32_t> cycle_;  // indexes of endpoints_
    std::atomic<std::uint64_t> cursor_;
};

/// The cycle for these weights: indexes, each as often as its weight (divided by their greatest common divisor,
/// and scaled down where the cycle would exceed 65,536 places). In nginx's order, except in pools so large that
/// working that out would take seconds.
std::vector<std::uint32_t> smooth_cycle(std::vector<unsigned> weights);

}  // namespace upstream
