// The smooth cycle and the walk along it.
#include "upstream/balancers/round_robin.hpp"

#include <algorithm>
#include <numeric>

namespace upstream {

namespace {

constexpr std::uint64_t longest_cycle = 65536;
constexpr std::uint64_t most_steps = 4'000'000;  // of working out nginx's order

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

// Every endpoint's places at even distances: as smooth as nginx's order, and worked out in n log n steps.
std::vector<std::uint32_t> evenly_spread(const std::vector<unsigned>& weights) {
    std::vector<std::pair<double, std::uint32_t>> places;
    for (std::uint32_t i = 0; i < weights.size(); ++i)
        for (unsigned turn = 0; turn < weights[i]; ++turn) places.emplace_back((turn + 0.5) / weights[i], i);
    std::sort(places.begin(), places.end());
    std::vector<std::uint32_t> cycle;
    for (const auto& place : places) cycle.push_back(place.second);
    return cycle;
}

// While an endpoint starts slowly it takes only some of its turns: a share of them, evenly spread by the golden ratio.
bool takes_turn(const Endpoint& endpoint, net::TimePoint now, std::uint64_t turn) {
    const float share = endpoint.share(now);
    if (share >= 1) return true;
    const auto fraction = static_cast<float>((turn * 0x9E3779B97F4A7C15U) >> 40) / 16777216.0F;
    return fraction < share;
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
    if (cycle.size() * weights.size() > most_steps) return evenly_spread(weights);
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

RoundRobin::RoundRobin(Endpoints endpoints, std::uint64_t first_turn)
    : endpoints_(std::move(endpoints)), cursor_(first_turn) {
    std::vector<unsigned> weights;
    for (const auto& endpoint : endpoints_) weights.push_back(endpoint->weight());
    cycle_ = smooth_cycle(std::move(weights));
}

std::shared_ptr<Endpoint> RoundRobin::next(const PickKey& /*key*/, net::TimePoint now, Tried tried) {
    for (std::size_t step = 0; step < cycle_.size(); ++step) {
        const std::uint64_t turn = cursor_.fetch_add(1, std::memory_order_relaxed);
        const auto& endpoint = endpoints_[cycle_[turn % cycle_.size()]];
        if (may_take(*endpoint, now, tried) && takes_turn(*endpoint, now, turn)) return endpoint;
    }
    // Other workers advance the cursor too, so that these steps may have missed places of the cycle; and all that are
    // left may be starting slowly.
    for (const auto& endpoint : endpoints_)
        if (may_take(*endpoint, now, tried)) return endpoint;
    return nullptr;
}

}  // namespace upstream
