// How a call that does not block has gone.
#pragma once

#include <cstddef>

#include "net/failure.hpp"

namespace net {

/// How a non-blocking call on a transport went.
enum class Progress {
    done,        ///< `count` bytes were moved; the handshake or the shutdown is complete
    want_read,   ///< call again when the descriptor is readable
    want_write,  ///< call again when the descriptor is writable
    ended,       ///< the other side has ended its data (FIN, or close_notify in TLS)
    failed,      ///< `error` says why
};

struct Outcome {
    Progress progress = Progress::done;
    std::size_t count = 0;
    ErrorCode error{};
};

}  // namespace net
