// Closing tunnels step by step.
#include "proxy/tunnel/eviction.hpp"

#include "proxy/tunnel/relay.hpp"

namespace proxy::tunnel {

namespace {

// Each step looks at every tunnel of the worker, so there are not too many of them.
constexpr int most_steps = 100;
constexpr net::Duration shortest_step{50};

}  // namespace

Eviction::Eviction(Relay& relay, net::DeadlineQueue& deadlines, std::shared_ptr<const upstream::Endpoint> endpoint,
                   net::Duration over, std::string reason)
    : relay_(relay),
      endpoint_(std::move(endpoint)),
      reason_(std::move(reason)),
      tunnels_(relay.tunnels_of(*endpoint_)),
      time_(over),
      until_(deadlines.now() + over),
      step_(std::max(shortest_step, over / most_steps)),
      next_(deadlines, &Eviction::on_step, this) {}

void Eviction::on_step(void* self) { static_cast<Eviction*>(self)->step(); }

void Eviction::step() {
    const auto left = std::chrono::duration_cast<net::Duration>(until_ - next_.now());
    const std::size_t tunnels = relay_.tunnels_of(*endpoint_);
    relay_.end_some_of(*endpoint_, tunnels - std::min(tunnels, may_be_left(tunnels_, left, time_)), reason_);
    over_ = left <= net::Duration::zero();
    if (!over_) next_.arm(step_);
}

}  // namespace proxy::tunnel
