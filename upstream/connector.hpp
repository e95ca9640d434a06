// A connected stream to one endpoint address.
#pragma once

#include <memory>

#include "net/stream.hpp"

namespace upstream {

/// Connects within `timeout`. Errors: the socket's; timed_out.
net::Task<net::IoResult<std::unique_ptr<net::Stream>>> connect(net::Executor executor, net::DeadlineQueue& deadlines,
                                                               net::SocketAddress address, net::Duration timeout);

}  // namespace upstream
