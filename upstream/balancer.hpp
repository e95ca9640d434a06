// The interface of a balancing method: which endpoint comes next.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "upstream/endpoint.hpp"

namespace upstream {

using Endpoints = std::vector<std::shared_ptr<Endpoint>>;

/// Endpoints that one request has tried already.
using Tried = std::span<const Endpoint* const>;

class Balancer {
 public:
    virtual ~Balancer() = default;

    /// The next endpoint that is eligible and not tried, or null when there is none. Called from every worker.
    virtual std::shared_ptr<Endpoint> next(net::TimePoint now, Tried tried) = 0;
};

/// What every method asks of a candidate that it takes if the answer is yes.
inline bool may_take(Endpoint& endpoint, net::TimePoint now, Tried tried) {
    for (const Endpoint* other : tried)
        if (other == &endpoint) return false;
    return endpoint.eligible(now);
}

}  // namespace upstream
