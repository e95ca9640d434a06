// What an upgraded pair of connections owns from the 101 until its end.
#pragma once

#include <memory>
#include <string>

#include "net/deadline.hpp"
#include "net/transport.hpp"
#include "proxy/observe/access_log.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/affinity/session_hold.hpp"
#include "upstream/connect/source_ports.hpp"

namespace proxy::tunnel {

/// Handed over by the HTTP side once its frames, parsers and buffers are gone. The descriptors are non-blocking.
struct Tunnel {
    net::Transport client;
    net::Transport upstream;
    std::string unread_from_client;    ///< came behind the upgrade request: goes to the upstream first
    std::string unread_from_upstream;  ///< came together with the 101: goes to the client first
    upstream::Lease lease;
    std::unique_ptr<upstream::SessionHold> session;  ///< where `sticky learn` has found one
    upstream::SourcePorts::Hold port;  ///< the local port of the upstream connection
    net::Duration idle_timeout{0};  ///< neither side sent a byte for so long; 0: unlimited
    bool is_websocket = false;         ///< and no other protocol
    observe::AccessRecord record;
    std::uint64_t connection = 0;     ///< serial number, for the error log
    std::shared_ptr<void> admission;  ///< the connection's place among worker_connections, given back at the end
};

}  // namespace proxy::tunnel
