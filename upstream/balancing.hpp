// From the balancing directive of an upstream to the balancer that does it.
#pragma once

#include "upstream/balancer.hpp"

namespace upstream {

/// `live` is that of the pool of these endpoints. Where they take turns it begins at `first_turn`.
std::unique_ptr<Balancer> make_balancer(const config::Balance& method, const Endpoints& endpoints,
                                        const std::shared_ptr<LivePool>& live, std::uint64_t first_turn = 0);

}  // namespace upstream
