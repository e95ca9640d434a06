// Opening with bounded haste, and the watch over answers that never come.
#include "load/fleet.hpp"

#include <algorithm>

namespace load {
namespace {

constexpr std::uint32_t opened_at_once = 64;
constexpr std::int64_t patience = 10 * second;

}  // namespace

Fleet::Fleet(Workshop& workshop, std::uint32_t size) : shop_(workshop) {
    for (std::uint32_t i = 0; i < size; ++i) tunnels_.emplace_back(workshop, *this, i + 1);
}

void Fleet::open() {
    std::uint32_t begun = 0;
    const auto size = static_cast<std::uint32_t>(tunnels_.size());
    while (begun < size && errors_.count() == 0) {
        run_until([&] { return begun - ready_ < opened_at_once; });
        tunnels_[begun++].begin();
    }
    run_until([&] { return ready_ == size; });
    opening_ = false;
    awaited = 0;
}

void Fleet::run_until(const std::function<bool()>& done) {
    auto last_progress = now();
    auto heard = heard_;
    while (errors_.count() == 0 && !done()) {
        shop_.loop.run_once(second / 10);
        const auto time = now();
        if (heard != heard_) last_progress = time;
        heard = heard_;
        if (time - last_progress > patience) errors_.add("no answer for ten seconds");
    }
}

void Fleet::opened(TunnelClient& tunnel) {
    awaited += answers_per_message;
    tunnel.send();
}

void Fleet::answered(TunnelClient& tunnel) {
    ++heard_;
    --awaited;
    if (!opening_) return on_answer(tunnel);
    if (tunnel.answers() == answers_per_message) ++ready_;
}

void Fleet::closed(TunnelClient&) {}

void Fleet::failed(TunnelClient& tunnel, const std::string& reason) {
    errors_.add("tunnel " + std::to_string(tunnel.number()) + ": " + reason);
}

}  // namespace load
