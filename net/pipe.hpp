// A pipe of the kernel, through which bytes go from one socket to another without being copied (splice(2)).
#pragma once

#include <cstddef>
#include <string>

#include "net/descriptor.hpp"
#include "net/outcome.hpp"

namespace net {

/// Holds bytes between two calls only, so that one serves any number of sockets in turn.
class Pipe {
 public:
    static constexpr std::size_t most = 256 * 1024;  ///< bytes, in as many pages

    /// Throws std::system_error when there are no descriptors for it. Holds less than `most` where the kernel, which limits
    /// that for each user, does not grant more.
    Pipe();

    /// Takes at most `size` bytes, and what it can hold, out of a non-blocking socket, and gives their number. 0 where recv()
    /// has to say why: the end, an error, a socket that does not allow it, a pipe that is not empty. want_read: nothing has
    /// come, or what follows is urgent data.
    Outcome fill_from(int socket, std::size_t size);

    /// Writes what it holds to a non-blocking socket. Less than that: `outcome.progress` is want_write or failed. The
    /// process has to ignore SIGPIPE, since splice(2) has no MSG_NOSIGNAL.
    Outcome empty_to(int socket);

    /// Takes out what it still holds.
    std::string take();

 private:
    Descriptor out_;
    Descriptor in_;
    std::size_t held_ = 0;
};

}  // namespace net
