// A client connection from its first byte to its last.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/stream.hpp"

namespace proxy {

namespace lifecycle {
class Worker;
}
namespace tunnel {
struct Tunnel;
}

/// An accepted connection.
struct Client {
    net::Descriptor socket;
    net::SocketAddress remote;
    net::SocketAddress local;
    std::string listener;             ///< the configured address it came in by
    std::uint64_t number = 0;         ///< serial number in the error log and $connection
    std::shared_ptr<void> admission;  ///< its place among worker_connections
};

/// Serves HTTP requests until the connection closes, or a request upgrades it: then it is the tunnel that is returned.
net::Task<std::unique_ptr<tunnel::Tunnel>> serve_connection(lifecycle::Worker& worker, Client client);

}  // namespace proxy
