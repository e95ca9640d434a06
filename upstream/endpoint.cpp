// Construction of an endpoint from its configuration and one resolved address; taking and giving back its leases.
#include "upstream/endpoint.hpp"

#include <algorithm>

#include "upstream/take_below.hpp"

namespace upstream {

Endpoint::Endpoint(const config::Endpoint& settings, const net::SocketAddress& address, LivePool& pool)
    : state_(pool.state(net::to_string(address))),
      address_(address),
      configured_name_(settings.name),
      route_(settings.route),
      weight_(settings.weight),
      max_conns_(settings.max_conns),
      backup_(settings.backup),
      marked_down_(settings.down),
      draining_(settings.drain),
      limits_{settings.max_fails, settings.fail_timeout},
      slow_start_(settings.slow_start) {}

Endpoint::Obstacle Endpoint::obstacle(net::TimePoint now) const {
    return draining_ ? Obstacle::unavailable : obstacle_to_bound(now);
}

Endpoint::Obstacle Endpoint::obstacle_to_bound(net::TimePoint now) const {
    if (marked_down_ || !state_->health.allows(now, limits_)) return Obstacle::unavailable;
    const ActiveHealth& active = state_->active;
    // One that fails and is not ejected has been spared.
    if (!active.clear() && (active.awaited() || state_->ejected())) return Obstacle::unavailable;
    // In one order with the length of the waiting line: see release().
    if (max_conns_ > 0 && load().leases.load() >= max_conns_) return Obstacle::full;
    return Obstacle::none;
}

float Endpoint::share(net::TimePoint now) const {
    const CoarseTime recovered = load().recovered.load(std::memory_order_relaxed);
    if (recovered == 0 || slow_start_ <= net::Duration::zero()) return 1;
    const net::Duration age = since(recovered, now);
    if (age >= slow_start_) return 1;
    constexpr float least = 0.001F;
    return std::max(static_cast<float>(age.count()) / static_cast<float>(slow_start_.count()), least);
}

Endpoint::Consequence Endpoint::failed(net::TimePoint now) {
    const Consequence consequence = state_->failed(now, limits_);
    if (consequence != Consequence::none) state_->pool().line().call();  // who waits for it, may wait in vain now
    return consequence;
}

void Endpoint::succeeded(net::TimePoint now) {
    if (state_->health.succeeded() == PassiveHealth::Outage::goes_on) return;
    state_->readmit();
    load().recovered.store(coarse(now), std::memory_order_relaxed);
    state_->pool().line().call();
}

Endpoint::Consequence Endpoint::tunnel_reset(net::Clock::duration age, net::TimePoint now) {
    return age < state_->pool().tunnel_fail_time() ? failed(now) : Consequence::none;
}

Endpoint::Change Endpoint::probed(std::size_t check, ActiveHealth::Result result, const VerdictLimits& limits,
                                  net::TimePoint now) {
    const ActiveHealth::Change change = state_->active.count(check, result, limits);
    if (state_->active.failing()) {
        // One that was spared asks again at each further failure: there may be room by then.
        const bool was_out = state_->ejected();
        const bool fell = change == ActiveHealth::Change::fell;
        if (!state_->eject()) return fell ? Change::spared : Change::none;
        state_->pool().line().call();
        return fell || !was_out ? Change::fell : Change::none;
    }
    state_->readmit();
    if (change != ActiveHealth::Change::rose) return Change::none;
    load().recovered.store(coarse(now), std::memory_order_relaxed);
    state_->pool().line().call();
    return Change::rose;
}

bool Endpoint::acquire_place() {
    std::atomic<std::uint32_t>& leases = load().leases;
    if (max_conns_ == 0) {
        leases.fetch_add(1, std::memory_order_relaxed);
        return true;
    }
    return take_below(leases, max_conns_);
}

bool Endpoint::acquire(net::TimePoint now) {
    if (!acquire_place()) return false;
    state_->pool().count_lease();
    if (state_->health.claim(now, limits_)) return true;
    release();
    return false;
}

// A request joins the waiting line before it looks for a last time whether an endpoint is full; a lease is given back
// before the line is looked at. Both in sequentially consistent order, so that one of the two sees the other.
void Endpoint::release() {
    load().leases.fetch_sub(1);
    state_->pool().discount_lease();
    state_->pool().line().call();
}

}  // namespace upstream
