// A connected stream to one endpoint address.
#pragma once

#include <memory>
#include <optional>

#include "net/stream.hpp"

namespace upstream {

/// Connects within `timeout`, from that source address where one is given; its port is chosen as late as the destination
/// is known (IP_BIND_ADDRESS_NO_PORT), so that each destination has all ports. Errors: the socket's; timed_out.
net::Task<net::IoResult<std::unique_ptr<net::Stream>>> connect(net::Executor executor, net::DeadlineQueue& deadlines,
                                                               net::SocketAddress address, net::Duration timeout,
                                                               std::optional<net::SocketAddress> source = {});

}  // namespace upstream
