// The end of the tunnels of one endpoint, spread over a time.
#pragma once

#include <algorithm>
#include <memory>
#include <string_view>

#include "net/deadline.hpp"
#include "upstream/endpoint.hpp"

namespace proxy::tunnel {

class Relay;

/// Why the tunnels of an endpoint are closed.
enum class Loss {
    unhealthy,    ///< a health check has taken it out
    removed,      ///< it has left the pool
    marked_down,  ///< in the configuration or the file of endpoints
};

/// As the access log has it: "endpoint unhealthy".
std::string_view to_text(Loss loss);

/// How many of `tunnels` that there were at the beginning may be left when `left` of the time `over` is left: evenly
/// fewer, and none at its end.
inline std::size_t may_be_left(std::size_t tunnels, net::Duration left, net::Duration over) {
    if (left <= net::Duration::zero() || over <= net::Duration::zero()) return 0;
    const auto milliseconds = static_cast<std::size_t>(std::min(left, over).count());
    const auto all = static_cast<std::size_t>(over.count());
    return (tunnels * milliseconds + all - 1) / all;
}

/// Belongs to a relay and closes in steps the tunnels that the endpoint had when it was made, until none is left. One
/// whose endpoint was unhealthy and is no more, or is kept in all the same, ends with its next step.
class Eviction {
 public:
    Eviction(Relay& relay, net::DeadlineQueue& deadlines, std::shared_ptr<const upstream::Endpoint> endpoint,
             net::Duration over, Loss loss);

    const upstream::Endpoint& endpoint() const { return *endpoint_; }
    bool is_over() const { return !next_.armed(); }

    /// The first step. Where no time is given it is the only one. The relay drops it when it is over.
    void start() { on_step(this); }

 private:
    static void on_step(void* self);
    void step();

    Relay& relay_;
    std::shared_ptr<const upstream::Endpoint> endpoint_;
    Loss loss_;
    std::size_t tunnels_ = 0;  // at the beginning
    net::Duration time_;
    net::TimePoint began_;
    net::Duration step_;
    net::Deadline next_;
};

}  // namespace proxy::tunnel
