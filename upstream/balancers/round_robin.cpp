// The smooth cycle and the walk along it.
#include "upstream/balancers/round_robin.hpp"

#include <algorithm>
#include <numeric>

namespace upstream {

namespace {

constexpr std::uint64_t longest_cycle = 65536;

void reduce(std::vector<unsigned>& weights) {
    unsigned divisor = 0;
    for (const unsigned weight : weights) divisor = std::gcd(divisor, weight);
    for (unsigned& weight : weights) weight /= std::max(divisor, 1u);
    const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    if (total <= longest_cycle) return;
    for (unsigned& weight : weights) {
        const std::uint64_t scaled = weight * longest_cycle / total;
        weight = static_cast<unsigned>(std::max<std::uint64_t>(scaled, 1));
    }
}

}  // namespace

std::vector<std::uint32_t> smooth_cycle(std::vector<unsigned> weights) {
    reduce(weights);
    const auto total = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    std::vector<std::uint32_t> cycle(static_cast<std::size_t>(total));
    if (static_cast<std::size_t>(total) == weights.size()) {  // all equal: the common case, and at once
        std::iota(cycle.begin(), cycle.end(), 0u);
        return cycle;
    }
    // Every endpoint gains its weight at each step; the richest is picked and pays the total.
    std::vector<std::int64_t> credit(weights.size(), 0);
    for (std::uint32_t& place : cycle) {
        for (std::size_t i = 0; i < weights.size(); ++i) credit[i] += weights[i];
        const auto richest = std::max_element(credit.begin(), credit.end());
        *richest -= total;
        place = static_cast<std::uint32_t>(richest - credit.begin());
    }
    return cycle;
}

RoundRobin::RoundRobin(Endpoints endpoints) : endpoints_(std::move(endpoints)) {
    std::vector<unsigned> weights;
    for (const auto& endpoint : endpoints_) weights.push_back(endpoint->weight());
    cycle_ = smooth_cycle(std::move(weights));
}

std::shared_ptr<Endpoint> RoundRobin::next(const PickKey& /*key*/, net::TimePoint now, Tried tried) {
    for (std::size_t step = 0; step < cycle_.size(); ++step) {
        const std::uint64_t place = cursor_.fetch_add(1, std::memory_order_relaxed) % cycle_.size();
        const auto& endpoint = endpoints_[cycle_[place]];
        if (may_take(*endpoint, now, tried)) return endpoint;
    }
    // Other workers advance the cursor too, so that these steps may have missed places of the cycle.
    for (const auto& endpoint : endpoints_)
        if (may_take(*endpoint, now, tried)) return endpoint;
    return nullptr;
}

}  // namespace upstream
