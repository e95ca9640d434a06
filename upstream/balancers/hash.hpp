// `hash KEY`: requests with the same key go to the same endpoint, as nginx and Cache::Memcached spread them.
#pragma once

#include "upstream/balancers/round_robin.hpp"
#include "upstream/balancers/weighted_places.hpp"

namespace upstream {

/// Adding or removing an endpoint moves most keys; see ConsistentHash. An empty key takes turns.
class Hash final : public Balancer {
 public:
    explicit Hash(const Endpoints& endpoints) : endpoints_(endpoints), places_(endpoints), turns_(endpoints) {}
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    Endpoints endpoints_;
    WeightedPlaces places_;
    RoundRobin turns_;
};

}  // namespace upstream
