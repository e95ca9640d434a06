// Closing without losing the response that is still on its way.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>

#include "net/stream.hpp"

namespace proxy::http {

/// Ends our side, then reads and throws away what the client still sends until it closes too, for at most 5 s between
/// reads, 30 s and 16 MiB in all (nginx: lingering_close). Closing with unread data would make the kernel send a reset,
/// which may destroy the response before the client has read it.
net::Task<> linger(net::Stream& stream, boost::beast::flat_buffer& buffer);

}  // namespace proxy::http
