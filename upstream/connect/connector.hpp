// A connected stream to one endpoint address.
#pragma once

#include <memory>
#include <optional>

#include "net/stream.hpp"

namespace upstream {

/// A stream for connect(), not connected yet. With a source address it is bound to that; its port is chosen as late as the
/// destination is known (IP_BIND_ADDRESS_NO_PORT), so that each destination has all ports. Errors: the socket's.
net::IoResult<std::unique_ptr<net::Stream>> open(const net::Executor& executor, net::DeadlineQueue& deadlines,
                                                 const net::SocketAddress& address,
                                                 const std::optional<net::SocketAddress>& source = {});

/// Begins to connect it. Errors: the socket's; in_progress: Stream::wait_connected() will tell the end.
net::IoResult<> begin_connect(net::Stream& stream, const net::SocketAddress& address);

/// Connects it within `timeout`. Errors: the socket's; timed_out; operation_aborted after its cancel().
net::Task<net::IoResult<>> connect(net::Stream& stream, net::SocketAddress address, net::Duration timeout);

/// Whose doing a connection is that did not come about. Running out of descriptors, memory or ports is the proxy's own
/// trouble, whichever endpoint it is met with: to blame the endpoints would take all of them out.
net::Party culprit(const net::ErrorCode& error);

}  // namespace upstream
