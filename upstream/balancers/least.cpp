// Scanning for the lowest score, and taking turns among those that share it.
#include "upstream/balancers/least.hpp"

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
        weights.push_back(endpoint->weight());
        candidates_.push_back({&endpoint->load(), static_cast<float>(endpoint->weight())});
    }
    cycle_ = smooth_cycle(std::move(weights));
}

template <Measure measure>
inline Score Least<measure>::score_of(const Candidate& candidate, net::TimePoint now, CoarseTime step) const {
    const bool recovered = candidate.load->recovered.load(std::memory_order_relaxed) != 0;
    return {cost(*candidate.load, measure, step), recovered ? endpoint_of(candidate)->weight_at(now) : candidate.weight};
}

template <Measure measure>
typename Least<measure>::Found Least<measure>::lowest(std::size_t start, net::TimePoint now, Tried tried) const {
    const CoarseTime step = coarse(now);
    // Locals, which the compiler keeps in registers over the atomic loads of the scan.
    const Candidate* best = nullptr;
    Score lowest{std::numeric_limits<float>::infinity(), 1};
    float limit = lowest.cost;  // for one unit of weight, and not less than the lowest
    bool tied = false;
    const std::span<const Candidate> all(candidates_);
    for (const auto part : {all.subspan(start), all.first(start)}) {
        for (const Candidate& candidate : part) {
            // Most are above it whatever else there is to them: a slow start only lessens the weight.
            if (least_cost(*candidate.load, measure, step) > limit * candidate.weight) continue;
            const Score score = score_of(candidate, now, step);
            if (lowest < score) continue;
            if (score == lowest) {
                tied = true;
            } else if (may_take(*endpoint_of(candidate), now, tried)) {
                best = &candidate;
                lowest = score;
                limit = score.cost / score.weight * (1 + rounding);
                tied = false;
            }
        }
    }
    return {best, lowest, tied};
}

template <Measure measure>
std::shared_ptr<Endpoint> Least<measure>::next(const PickKey& /*key*/, net::TimePoint now, Tried tried) {
    if (endpoints_.empty()) return nullptr;
    const std::size_t cursor = cursor_.load(std::memory_order_relaxed) % cycle_.size();
    const Found found = lowest(cycle_[cursor], now, tried);
    if (found.candidate == nullptr) return nullptr;
    if (!found.tied) return endpoint_of(*found.candidate);

    const CoarseTime step = coarse(now);
    const std::size_t turns = std::min(cycle_.size(), most_turns);
    for (std::size_t turn = 0; turn < turns; ++turn) {
        const std::size_t place = (cursor + turn) % cycle_.size();
        const Candidate& candidate = candidates_[cycle_[place]];
        const auto& endpoint = endpoint_of(candidate);
        if (!(score_of(candidate, now, step) == found.score) || !may_take(*endpoint, now, tried)) continue;
        cursor_.store(static_cast<std::uint32_t>(place + 1), std::memory_order_relaxed);
        return endpoint;
    }
    cursor_.store(static_cast<std::uint32_t>(cursor + turns), std::memory_order_relaxed);
    return endpoint_of(*found.candidate);
}

template class Least<Measure::leases>;
template class Least<Measure::latency>;

}  // namespace upstream
