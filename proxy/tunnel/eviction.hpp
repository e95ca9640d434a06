// The end of the tunnels of one endpoint, spread over a time.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "net/deadline.hpp"
#include "upstream/endpoint.hpp"

namespace proxy::tunnel {

class Relay;

/// How many of `tunnels` that there were at the beginning may be left when `left` of the time `over` is left: evenly
/// fewer, and none at its end.
inline std::size_t may_be_left(std::size_t tunnels, net::Duration left, net::Duration over) {
    if (left <= net::Duration::zero() || over <= net::Duration::zero()) return 0;
    const auto milliseconds = static_cast<std::size_t>(std::min(left, over).count());
    const auto all = static_cast<std::size_t>(over.count());
    return (tunnels * milliseconds + all - 1) / all;
}

/// Belongs to a relay and closes its tunnels to the endpoint in steps until the time is over.
class Eviction {
 public:
    Eviction(Relay& relay, net::DeadlineQueue& deadlines, std::shared_ptr<const upstream::Endpoint> endpoint,
             net::Duration over, std::string reason);

    const upstream::Endpoint& endpoint() const { return *endpoint_; }
    bool is_over() const { return over_; }

    /// The first step. Where no time is given it is the only one.
    void start() { step(); }

 private:
    static void on_step(void* self);
    void step();

    Relay& relay_;
    std::shared_ptr<const upstream::Endpoint> endpoint_;
    std::string reason_;
    std::size_t tunnels_;  // at the beginning
    net::Duration time_;
    net::TimePoint until_;
    net::Duration step_;
    net::Deadline next_;
    bool over_ = false;
};

}  // namespace proxy::tunnel
