// Construction of an endpoint from its configuration and one resolved address.
#include "upstream/endpoint.hpp"

namespace upstream {

Endpoint::Endpoint(const config::Endpoint& settings, const net::SocketAddress& address)
    : address_(address),
      name_(net::to_string(address)),
      weight_(settings.weight),
      down_(settings.down),
      health_(settings.max_fails, settings.fail_timeout) {}

}  // namespace upstream
