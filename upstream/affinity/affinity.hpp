// Sends a request that is bound to an endpoint there, and all others where the balancing method says (nginx: sticky).
#pragma once

#include <utility>

#include "upstream/balancer.hpp"
#include "upstream/affinity/mark.hpp"

namespace upstream {

/// An endpoint with the mark that it is known by.
using MarkedEndpoint = std::pair<Mark, std::shared_ptr<Endpoint>>;

/// A balancer before another one. A request whose mark names nobody, or nobody that can take it, is balanced as if it
/// were not bound. An endpoint that drains takes the requests that are bound to it.
class Affinity final : public Balancer {
 public:
    /// Several endpoints may have the same mark: the first of them that can take a request gets it.
    Affinity(std::vector<MarkedEndpoint> marked, std::unique_ptr<Balancer> balancer);
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    std::vector<MarkedEndpoint> marked_;  // in order of their marks
    std::unique_ptr<Balancer> balancer_;
};

}  // namespace upstream
