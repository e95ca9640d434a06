// A row of places in which each endpoint holds as many as its weight.
#pragma once

#include <algorithm>
#include <cstdint>

#include "upstream/balancer.hpp"

namespace upstream {

class WeightedPlaces {
 public:
    explicit WeightedPlaces(const Endpoints& endpoints) {
        std::uint64_t total = 0;
        for (const auto& endpoint : endpoints) ends_.push_back(total += endpoint->weight());
    }

    /// Places in all; 0 when there are no endpoints.
    std::uint64_t total() const { return ends_.empty() ? 0 : ends_.back(); }

    /// The index of the endpoint that holds a place below total().
    std::size_t holder(std::uint64_t place) const {
        return static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), place) - ends_.begin());
    }

 private:
    std::vector<std::uint64_t> ends_;  // behind the last place of each endpoint
};

/// nginx looks so many times for an endpoint by its hash or by chance; then it takes turns.
inline constexpr unsigned most_tries = 21;

}  // namespace upstream
