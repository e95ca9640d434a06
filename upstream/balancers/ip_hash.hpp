// `ip_hash`: clients of the same IPv4 /24 network, or the same IPv6 address, go to the same endpoint.
#pragma once

#include "upstream/balancers/place_walk.hpp"

namespace upstream {

class IpHash final : public Balancer {
 public:
    IpHash(const Endpoints& endpoints, std::uint64_t first_turn) : walk_(endpoints, first_turn) {}
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    PlaceWalk walk_;
};

}  // namespace upstream
