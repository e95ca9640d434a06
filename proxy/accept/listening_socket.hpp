// Listening sockets: opened once for the process, one for each worker, and kept open over reloads.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "net/address.hpp"
#include "net/descriptor.hpp"

namespace proxy::accept {

/// The sockets of one listening address, until the workers take them. Over TCP each has one of its own (SO_REUSEPORT),
/// so that the kernel spreads connections over them; a unix socket is shared.
class ListeningSocket {
 public:
    /// Whether the address could be bound alone. With SO_REUSEPORT, open() would silently share it with another process.
    /// To be called while no socket of this process is bound to the port. Errors: as open().
    static net::ErrorCode probe(const config::Listen& listen);

    /// Opens, binds and listens. Errors: the system's, and the resolver's for a host name.
    static net::IoResult<std::shared_ptr<ListeningSocket>> open(const config::Listen& listen, std::size_t workers);

    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    /// The descriptor for that worker to own, which each takes once, on its thread. It was made by open(), so that a
    /// reload that lacks descriptors has failed before anybody takes one.
    net::Descriptor take(std::size_t worker) { return std::move(descriptors_[worker]); }

    const net::SocketAddress& address() const { return address_; }

 private:
    ListeningSocket() = default;

    net::SocketAddress address_;
    std::vector<net::Descriptor> descriptors_;  // one for each worker
};

/// By configured address as text (config::to_string).
using ListeningSockets = std::map<std::string, std::shared_ptr<ListeningSocket>>;

}  // namespace proxy::accept
