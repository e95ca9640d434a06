// Looking a mark up.
#include "upstream/affinity/affinity.hpp"

#include <algorithm>

namespace upstream {

Affinity::Affinity(std::vector<MarkedEndpoint> marked, std::unique_ptr<Balancer> balancer)
    : marked_(std::move(marked)), balancer_(std::move(balancer)) {
    std::stable_sort(marked_.begin(), marked_.end(),
                     [](const MarkedEndpoint& left, const MarkedEndpoint& right) { return left.first < right.first; });
}

std::shared_ptr<Endpoint> Affinity::next(const PickKey& key, net::TimePoint now, Tried tried) {
    if (key.mark) {
        auto candidate = std::lower_bound(marked_.begin(), marked_.end(), *key.mark,
                                          [](const MarkedEndpoint& one, const Mark& mark) { return one.first < mark; });
        for (; candidate != marked_.end() && candidate->first == *key.mark; ++candidate) {
            const std::shared_ptr<Endpoint>& endpoint = candidate->second;
            if (!was_tried(*endpoint, tried) && endpoint->obstacle_to_bound(now) == Endpoint::Obstacle::none)
                return endpoint;
        }
    }
    return balancer_->next(key, now, tried);
}

}  // namespace upstream
