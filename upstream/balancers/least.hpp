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
    static constexpr std::size_t whole_run = 32;
    // Endpoints whose loads stand side by side in memory, as those of a pool that nobody has left do.
    struct Run {
        const Load* loads;
        std::uint32_t begin;  // into endpoints_
        std::uint32_t size;
    };
    struct Moment {
        net::TimePoint now;
        CoarseTime step;
    };
    struct Found {
        std::size_t place;  // into endpoints_; beyond them: none
        Score score;
        // For one unit of weight: what costs more need not be looked at. A slow start only lessens the weight.
        float limit;
        bool tied;  // another one may have the same score
    };
    Score score_of(std::size_t place, const Load& load, Moment moment) const;
    void weigh(std::size_t place, const Load& load, Moment moment, Tried tried, Found& found) const;
    bool any_within(float limit, const Run& run, CoarseTime step) const;
    Found lowest(std::size_t start, Moment moment, Tried tried) const;

    Endpoints endpoints_;
    std::vector<float> weights_;  // of endpoints_
    std::vector<Run> runs_;
    std::vector<std::uint32_t> run_of_;  // endpoints_: index of its run
    std::vector<std::uint32_t> cycle_;   // the turns of equal ones, as in round robin
    std::atomic<std::uint32_t> cursor_;  // into cycle_
};

}  // namespace upstream
