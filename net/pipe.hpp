// A pipe of the kernel, through which bytes go from one socket to another without being copied (splice(2)).
#pragma once

#include <cstddef>
#include <string>

#include "net/descriptor.hpp"
#include "net/outcome.hpp"

namespace net {

/// Holds bytes between two calls only, so that one serves any number of sockets in turn. Where the kernel grants none, or
/// only a small one, nothing can be moved, and everything has to be copied.
class Pipe {
 public:
    /// How many bytes it can hold, in 64 pages of 4 KiB. A page takes one piece of what came in a segment, however short.
    static constexpr std::size_t most = 256 * 1024;

    Pipe();

    /// Takes at most `size` bytes out of a non-blocking socket. want_read: it took none, and recv() says why: nothing is there,
    /// urgent data or the end, the kernel moves nothing out of such a socket, or the pipe is not empty. failed: the error
    /// of the socket, which recv() would not tell again.
    Outcome fill_from(int socket, std::size_t size);

    /// Writes what it holds to a non-blocking socket. Less than that: `outcome.progress` is want_write or failed. The
    /// process has to ignore SIGPIPE, since splice(2) has no MSG_NOSIGNAL.
    Outcome empty_to(int socket);

    /// Takes out what it still holds. Throws std::system_error when the kernel does not give back what it took.
    std::string take();

 private:
    Descriptor out_;
    Descriptor in_;
    std::size_t held_ = 0;
};

}  // namespace net
