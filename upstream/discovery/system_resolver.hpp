// From the addresses of a configuration to socket addresses, at once and with the means of the system.
#pragma once

#include "config/model.hpp"
#include "net/address.hpp"

#include <string>
#include <vector>

namespace upstream {

/// Every address that a configured address stands for. Literals and unix paths need no look-up; a name is
/// looked up with getaddrinfo, which blocks. Errors: those of the resolver, filename_too_long for a unix
/// path.
net::IoResult<std::vector<net::SocketAddress>> resolve(const config::Address& address);

}  // namespace upstream
