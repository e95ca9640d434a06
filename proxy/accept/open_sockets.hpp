// From the listeners of a model to listening sockets: those that are open already, and new ones.
#pragma once

#include <string>
#include <vector>

#include "proxy/accept/listening_socket.hpp"

namespace proxy::accept {

/// The sockets that a model listens on, each opened once and those in `current` kept. All or nothing: the error is one
/// sentence for each address that cannot be bound.
boost::system::result<ListeningSockets, std::vector<std::string>> open_sockets(const config::Model& model,
                                                                               const ListeningSockets& current,
                                                                               std::size_t workers);

}  // namespace proxy::accept
