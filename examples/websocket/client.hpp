// One client connection: HTTP requests one after the other, until it closes or becomes a WebSocket.
#pragma once

#include "websocket/application.hpp"
#include "websocket/limits.hpp"
#include "websocket/live_connections.hpp"
#include "websocket/session.hpp"

#include <memory>

#include <boost/asio/awaitable.hpp>

namespace backend {

/// `application` outlives the connection. Never throws for what the client does.
boost::asio::awaitable<void> serve_client(Stream stream, const Application& application, Limits limits,
                                          std::shared_ptr<LiveConnections> live);

}  // namespace backend
