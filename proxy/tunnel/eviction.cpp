// Closing tunnels step by step.
#include "proxy/tunnel/eviction.hpp"

#include "proxy/tunnel/relay.hpp"

namespace proxy::tunnel {

namespace {

// Each step looks at every tunnel of the worker, so there are not too many of them.
constexpr int most_steps = 100;
constexpr net::Duration shortest_step{50};

}  // namespace

std::string_view to_text(Loss loss) {
    switch (loss) {
        case Loss::unhealthy: return "endpoint unhealthy";
        case Loss::removed: return "endpoint removed";
        case Loss::marked_down: return "endpoint marked down";
    }
    return {};
}

Eviction::Eviction(Relay& relay, net::DeadlineQueue& deadlines, std::shared_ptr<const upstream::Endpoint> endpoint,
                   net::Duration over, Loss loss)
    : relay_(relay),
      endpoint_(std::move(endpoint)),
      loss_(loss),
      time_(over),
      began_(deadlines.now()),
      step_(std::max(shortest_step, over / most_steps)),
      next_(deadlines, &Eviction::on_step, this) {}

void Eviction::on_step(void* self) {
    auto& eviction = *static_cast<Eviction*>(self);
    eviction.step();
    eviction.relay_.drop_if_over(eviction);
}

void Eviction::step() {
    // A health check is not the only one that takes an endpoint in again: a smaller pool or a reload may. One that was
    // removed or marked down may be as healthy as ever: its return is told (Relay::keep_tunnels_of).
    if (loss_ == Loss::unhealthy && !endpoint_->shut_out_by_checks()) return;
    const std::vector<Pair*> tunnels = relay_.tunnels_of(*endpoint_, began_);
    tunnels_ = std::max(tunnels_, tunnels.size());
    const auto left = std::chrono::duration_cast<net::Duration>(began_ + time_ - next_.now());
    const std::size_t kept = std::min(tunnels.size(), may_be_left(tunnels_, left, time_));
    for (std::size_t i = 0; i < tunnels.size() - kept; ++i) relay_.end(*tunnels[i], to_text(loss_));
    if (kept > 0) next_.arm(step_);
}

}  // namespace proxy::tunnel
