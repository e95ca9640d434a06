// Into the pipe, and out of it.
#include "net/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace net {

Pipe::Pipe() {
    int ends[2];
    if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    out_ = Descriptor(ends[0]);
    in_ = Descriptor(ends[1]);
    ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(most));
}

Outcome Pipe::fill_from(int socket, std::size_t size) {
    Outcome outcome;
    if (held_ > 0) return outcome;
    const ssize_t count = ::splice(socket, nullptr, in_.get(), nullptr, size, SPLICE_F_NONBLOCK);
    if (count > 0) outcome.count = held_ = static_cast<std::size_t>(count);
    if (count < 0 && errno == EAGAIN) outcome.progress = Progress::want_read;
    return outcome;
}

Outcome Pipe::empty_to(int socket) {
    Outcome total;
    while (held_ > 0) {
        const ssize_t count = ::splice(out_.get(), nullptr, socket, nullptr, held_, SPLICE_F_NONBLOCK);
        if (count <= 0) {
            const bool is_blocked = count == 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
            total.progress = is_blocked ? Progress::want_write : Progress::failed;
            if (!is_blocked) total.error = {errno, boost::system::system_category()};
            return total;
        }
        held_ -= static_cast<std::size_t>(count);
        total.count += static_cast<std::size_t>(count);
    }
    return total;
}

std::string Pipe::take() {
    std::string rest(held_, '\0');
    for (std::size_t taken = 0; held_ > 0;) {
        const ssize_t count = ::read(out_.get(), rest.data() + taken, held_);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) throw std::system_error(errno, std::generic_category(), "read from a pipe");
        taken += static_cast<std::size_t>(count);
        held_ -= static_cast<std::size_t>(count);
    }
    return rest;
}

}  // namespace net
