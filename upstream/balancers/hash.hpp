// `hash KEY`: requests with the same key go to the same endpoint, as nginx and Cache::Memcached spread them.
#pragma once

#include "upstream/balancers/place_walk.hpp"

namespace upstream {

/// Adding or removing an endpoint moves most keys; see ConsistentHash. An empty key takes turns.
class Hash final : public Balancer {
 public:
    Hash(const Endpoints& endpoints, std::uint64_t first_turn) : walk_(endpoints, first_turn) {}
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    PlaceWalk walk_;
};

}  // namespace upstream
