// `least_conn` and `least_time`: the endpoint with the lowest score, and among equal ones the next in turn.
#pragma once

#include <atomic>

#include "upstream/balancer.hpp"
#include "upstream/balancers/load_score.hpp"

namespace upstream {

/// Looks at all endpoints for each pick. Leases count for as long as they live, so a tunnel of hours weighs as much at
/// its end as at its beginning.
class Least final : public Balancer {
 public:
    Least(Endpoints endpoints, Measure measure);
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    struct Found {
        const std::shared_ptr<Endpoint>* endpoint = nullptr;
        float score = 0;
        bool tied = false;  // another one may have the same score
    };
    float score_of(std::size_t index, net::TimePoint now, CoarseTime step) const;
    Found lowest(std::size_t start, net::TimePoint now, Tried tried) const;

    // What the scan reads of an endpoint, side by side.
    struct Candidate {
        const Load* load;
        float weight;
    };

    Endpoints endpoints_;
    Measure measure_;
    std::vector<Candidate> candidates_;
    std::vector<std::uint32_t> cycle_;      // the turns of equal ones, as in round robin
    std::atomic<std::uint32_t> cursor_{0};  // into cycle_
};

}  // namespace upstream
