// `ip_hash`: clients of the same IPv4 /24 network, or the same IPv6 address, go to the same endpoint.
#pragma once

#include "upstream/balancers/round_robin.hpp"
#include "upstream/balancers/weighted_places.hpp"

namespace upstream {

class IpHash final : public Balancer {
 public:
    explicit IpHash(const Endpoints& endpoints) : endpoints_(endpoints), places_(endpoints), turns_(endpoints) {}
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    Endpoints endpoints_;
    WeightedPlaces places_;
    RoundRobin turns_;
};

}  // namespace upstream
