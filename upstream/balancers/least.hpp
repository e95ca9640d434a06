// `least_conn` and `least_time`: the endpoint with the lowest score, and among equal ones the next in turn.
#pragma once

#include <atomic>

#include "upstream/balancer.hpp"
#include "upstream/balancers/load_score.hpp"

namespace upstream {

/// Looks at all endpoints for each pick. Leases count for as long as they live, so a tunnel of hours weighs as much at
/// its end as at its beginning. The measure is fixed when it is compiled: asking for it at each of ten thousand endpoints
/// takes as long as the rest.
template <Measure measure>
class Least final : public Balancer {
 public:
    Least(Endpoints endpoints, std::uint64_t first_turn);
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    // What the scan reads of an endpoint, side by side.
    struct Candidate {
        const Load* load;
        float weight;
    };
    struct Found {
        const Candidate* candidate = nullptr;
        Score score{};
        bool tied = false;  // another one may have the same score
    };
    const std::shared_ptr<Endpoint>& endpoint_of(const Candidate& candidate) const {
        return endpoints_[static_cast<std::size_t>(&candidate - candidates_.data())];
    }
    Score score_of(const Candidate& candidate, net::TimePoint now, CoarseTime step) const;
    Found lowest(std::size_t start, net::TimePoint now, Tried tried) const;

    Endpoints endpoints_;
    std::vector<Candidate> candidates_;
    std::vector<std::uint32_t> cycle_;      // the turns of equal ones, as in round robin
    std::atomic<std::uint32_t> cursor_;  // into cycle_
};

}  // namespace upstream
