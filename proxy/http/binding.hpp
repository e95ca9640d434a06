// Binding clients to endpoints (nginx: sticky).
#pragma once

#include <memory>

#include "proxy/exchange.hpp"

namespace proxy::http {

/// What the request says about where it belongs. Both are absent where the pool is not sticky.
Binding find_binding(const Exchange& exchange);

/// Binds the client to exchange.endpoint, which has answered with this head: by a field that is added to it, or by
/// learning the session that it begins. Called once the head is known to go to the client.
void bind_client(Exchange& exchange, ResponseHead& head);

/// Remembers the session of an upgraded exchange, if there is one, for as long as the tunnel lives.
std::unique_ptr<upstream::SessionHold> hold_session(const Exchange& exchange);

}  // namespace proxy::http
