// Scanning for the lowest score, and taking turns among those that share it.
#include "upstream/balancers/least.hpp"

#include <limits>

#include "upstream/balancers/round_robin.hpp"

namespace upstream {

namespace {

// Bounds the search for the next in turn. Pools with a longer cycle take turns only roughly.
constexpr std::size_t most_turns = 256;

}  // namespace

Least::Least(Endpoints endpoints, Measure measure) : endpoints_(std::move(endpoints)), measure_(measure) {
    std::vector<unsigned> weights;
    for (const auto& endpoint : endpoints_) {
        weights.push_back(endpoint->weight());
        candidates_.push_back({&endpoint->load(), static_cast<float>(endpoint->weight())});
    }
    cycle_ = smooth_cycle(std::move(weights));
}

float Least::score_of(std::size_t index, net::TimePoint now, CoarseTime step) const {
    const Candidate& candidate = candidates_[index];
    const bool recovered = candidate.load->recovered.load(std::memory_order_relaxed) != 0;
    return score(*candidate.load, recovered ? endpoints_[index]->weight_at(now) : candidate.weight, measure_, step);
}

Least::Found Least::lowest(std::size_t start, net::TimePoint now, Tried tried) const {
    const CoarseTime step = coarse(now);
    const std::shared_ptr<Endpoint>* best = nullptr;
    float lowest = std::numeric_limits<float>::infinity();
    bool tied = false;
    const auto scan = [&](std::size_t from, std::size_t to) {
        for (std::size_t index = from; index < to; ++index) {
            const float score = score_of(index, now, step);
            if (score > lowest) continue;  // most of them, and only the others have to be eligible
            if (score == lowest) {
                tied = true;
            } else if (may_take(*endpoints_[index], now, tried)) {
                best = &endpoints_[index];
                lowest = score;
                tied = false;
            }
        }
    };
    scan(start, candidates_.size());
    scan(0, start);
    return {best, lowest, tied};
}

std::shared_ptr<Endpoint> Least::next(const PickKey& /*key*/, net::TimePoint now, Tried tried) {
    if (endpoints_.empty()) return nullptr;
    const std::size_t cursor = cursor_.load(std::memory_order_relaxed) % cycle_.size();
    const Found found = lowest(cycle_[cursor], now, tried);
    if (found.endpoint == nullptr) return nullptr;
    if (!found.tied) return *found.endpoint;

    const CoarseTime step = coarse(now);
    const std::size_t turns = std::min(cycle_.size(), most_turns);
    for (std::size_t turn = 0; turn < turns; ++turn) {
        const std::size_t place = (cursor + turn) % cycle_.size();
        const std::size_t index = cycle_[place];
        if (score_of(index, now, step) != found.score || !may_take(*endpoints_[index], now, tried)) continue;
        cursor_.store(static_cast<std::uint32_t>(place + 1), std::memory_order_relaxed);
        return endpoints_[index];
    }
    cursor_.store(static_cast<std::uint32_t>(cursor + turns), std::memory_order_relaxed);
    return *found.endpoint;
}

}  // namespace upstream
