// Construction of an endpoint from its configuration and one resolved address; taking and giving back its leases.
#include "upstream/endpoint.hpp"

namespace upstream {

Endpoint::Endpoint(const config::Endpoint& settings, const net::SocketAddress& address, LivePool& pool)
    : state_(pool.state(net::to_string(address))),
      address_(address),
      weight_(settings.weight),
      down_(settings.down),
      limits_{settings.max_fails, settings.fail_timeout} {}

bool Endpoint::acquire(net::TimePoint now) {
    if (!state_->health.claim(now, limits_)) return false;
    state_->load().leases.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void Endpoint::release() { state_->load().leases.fetch_sub(1, std::memory_order_relaxed); }

}  // namespace upstream
