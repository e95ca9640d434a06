// From the addresses of a configuration to socket addresses: literals, unix paths, and names over DNS.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "net/address.hpp"

namespace upstream {

/// Every address that a configured address stands for. Literals and unix paths need no look-up; a name is looked
/// up with getaddrinfo, which blocks. Errors: those of the resolver, filename_too_long for a unix path.
net::IoResult<std::vector<net::SocketAddress>> resolve(const config::Address& address);

/// How long to wait before the look-up number `attempt` (from 1) of a name that failed: 1 s doubling to 30 s.
std::chrono::seconds retry_delay(unsigned attempt);

}  // namespace upstream
