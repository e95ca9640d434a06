// Scanning for the lowest score, and taking turns among those that share it.
#include "upstream/balancers/least.hpp"

#include <array>
#include <limits>
#include <span>

#include "upstream/balancers/round_robin.hpp"

namespace upstream {

namespace {

// Bounds the search for the next in turn. Pools with a longer cycle take turns only roughly.
constexpr std::size_t most_turns = 256;

// More than what dividing and multiplying numbers of 24 bits may lose.
constexpr float rounding = 1e-6F;

}  // namespace

template <Measure measure>
Least<measure>::Least(Endpoints endpoints, std::uint64_t first_turn)
    : endpoints_(std::move(endpoints)), cursor_(static_cast<std::uint32_t>(first_turn)) {
    std::vector<unsigned> weights;
    for (const auto& endpoint : endpoints_) {
        const Load* load = &endpoint->load();
        if (runs_.empty() || runs_.back().size == whole_run || runs_.back().loads + runs_.back().size != load)
            runs_.push_back({load, static_cast<std::uint32_t>(weights.size()), 0});
        ++runs_.back().size;
        run_of_.push_back(static_cast<std::uint32_t>(runs_.size() - 1));
        weights.push_back(endpoint->weight());
        weights_.push_back(static_cast<float>(endpoint->weight()));
    }
    cycle_ = smooth_cycle(std::move(weights));
}

template <Measure measure>
inline Score Least<measure>::score_of(std::size_t place, const Load& load, Moment moment) const {
    const bool recovered = load.recovered.load(std::memory_order_relaxed) != 0;
    return {cost(load, measure, moment.step), recovered ? endpoints_[place]->weight_at(moment.now) : weights_[place]};
}

// False if each of the run costs more than the limit for its weight, as most do. The numbers are first laid side by side,
// because the compiler works on several of them with one instruction only where they are not atomic.
template <Measure measure>
inline bool Least<measure>::any_within(float limit, const Run& run, CoarseTime step) const {
    std::array<std::uint32_t, whole_run> leases;
    std::array<std::uint64_t, whole_run> latencies;
    if constexpr (measure == Measure::latency) {
#pragma GCC unroll 8
        for (std::size_t i = 0; i < whole_run; ++i) latencies[i] = run.loads[i].latency.load(std::memory_order_relaxed);
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < whole_run; ++i) leases[i] = run.loads[i].leases.load(std::memory_order_relaxed);

    const float* const weights = weights_.data() + run.begin;
    unsigned within = 0;  // not a bool: compilers do not see the same in it
    for (std::size_t i = 0; i < whole_run; ++i)
        within |= static_cast<unsigned>(!(least_cost(leases[i], latencies[i], measure, step) > limit * weights[i]));
    return within != 0;
}

// Enters an endpoint into what was found among those before it.
template <Measure measure>
inline void Least<measure>::weigh(std::size_t place, const Load& load, Moment moment, Tried tried, Found& found) const {
    const Score score = score_of(place, load, moment);
    if (found.score < score) return;
    if (score == found.score) {
        found.tied = true;
        found.limit = score.cost > 0 ? score.cost / score.weight * (1 - rounding) : -1;
    } else if (may_take(*endpoints_[place], moment.now, tried)) {
        found = {place, score, score.cost / score.weight * (1 + rounding), false};
    }
}

template <Measure measure>
typename Least<measure>::Found Least<measure>::lowest(std::size_t start, Moment moment, Tried tried) const {
    constexpr float infinite = std::numeric_limits<float>::infinity();
    Found found{endpoints_.size(), {infinite, 1}, infinite, false};
    const std::span<const Run> runs(runs_);
    for (const auto part : {runs.subspan(run_of_[start]), runs.first(run_of_[start])})
        for (const Run& run : part) {
            if (run.size == whole_run && !any_within(found.limit, run, moment.step)) continue;
            for (std::size_t i = 0; i < run.size; ++i) weigh(run.begin + i, run.loads[i], moment, tried, found);
        }
    return found;
}

template <Measure measure>
std::shared_ptr<Endpoint> Least<measure>::next(const PickKey& /*key*/, net::TimePoint now, Tried tried) {
    if (endpoints_.empty()) return nullptr;
    const std::size_t cursor = cursor_.load(std::memory_order_relaxed) % cycle_.size();
    const Moment moment{now, coarse(now)};
    const Found found = lowest(cycle_[cursor], moment, tried);
    if (found.place == endpoints_.size()) return nullptr;
    if (!found.tied) return endpoints_[found.place];

    const std::size_t turns = std::min(cycle_.size(), most_turns);
    for (std::size_t turn = 0; turn < turns; ++turn) {
        const std::size_t next = (cursor + turn) % cycle_.size();
        const std::size_t place = cycle_[next];
        const auto& endpoint = endpoints_[place];
        if (!(score_of(place, endpoint->load(), moment) == found.score) || !may_take(*endpoint, now, tried)) continue;
        cursor_.store(static_cast<std::uint32_t>(next + 1), std::memory_order_relaxed);
        return endpoint;
    }
    cursor_.store(static_cast<std::uint32_t>(cursor + turns), std::memory_order_relaxed);
    return endpoints_[found.place];
}

template class Least<Measure::leases>;
template class Least<Measure::latency>;

}  // namespace upstream
