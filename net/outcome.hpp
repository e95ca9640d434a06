// How a call that does not block has gone.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

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

/// What a read has left in its socket.
enum class Rest : std::uint8_t {
    unknown,
    end_at_most,  ///< it got less than it had room for: an end or an error may be there, or what follows urgent data
    nothing,      ///< it would have had to wait
};

/// After a recv(), whose errno still stands.
inline Rest rest_after(ssize_t received, std::size_t room) {
    if (received < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Rest::nothing : Rest::unknown;
    return received > 0 && static_cast<std::size_t>(received) < room ? Rest::end_at_most : Rest::unknown;
}

struct Outcome {
    Progress progress = Progress::done;
    std::size_t count = 0;
    ErrorCode error{};
    Rest rest = Rest::unknown;  ///< of a read, or a handshake
};

}  // namespace net
