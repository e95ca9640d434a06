// Takes one request to an endpoint of its pool and brings the response back.
#pragma once

#include "proxy/exchange.hpp"

namespace proxy::http {

/// Forwards the request of an exchange whose location has a pool, streaming both bodies. On success the response has
/// been sent, or exchange.tunnel holds the upgraded pair. On failure exchange.response_begun tells whether an error
/// response is still possible. Before, it may wait to be let in to the pool. A failure goes on to the next endpoint as
/// proxy_next_upstream says; a request whose kept connection turns out to be dead gets a fresh one where repeating it is safe.
net::Task<net::Result<>> forward(Exchange& exchange);

}  // namespace proxy::http
