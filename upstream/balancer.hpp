// The interface of a balancing method: which endpoint comes next.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "upstream/endpoint.hpp"
#include "upstream/affinity/mark.hpp"

namespace upstream {

using Endpoints = std::vector<std::shared_ptr<Endpoint>>;

/// Endpoints that one request has tried already. It keeps them, as there may be new objects for their addresses by now.
using Tried = std::span<const std::shared_ptr<Endpoint>>;

/// What of a request decides where it goes.
struct PickKey {
    std::string_view client{};  ///< the client's address in network byte order: 4 or 16 bytes, none for a unix socket
    std::string_view text{};    ///< what the KEY of `hash` comes to for this request
    std::optional<Mark> mark{};  ///< of the endpoint it is bound to
};

class Balancer {
 public:
    virtual ~Balancer() = default;

    /// The next endpoint that is eligible and not tried, or null when there is none. Called from every worker.
    virtual std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) = 0;
};

inline bool was_tried(const Endpoint& endpoint, Tried tried) {
    return std::any_of(tried.begin(), tried.end(), [&](const auto& other) { return endpoint.is_same_as(*other); });
}

/// What every method asks of a candidate.
inline bool may_take(const Endpoint& endpoint, net::TimePoint now, Tried tried) {
    return !was_tried(endpoint, tried) && endpoint.eligible(now);
}

}  // namespace upstream
