// Into the pipe, and out of it.
#include "net/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace net {

namespace {

// Errors of the call, which say nothing of the socket: without a pipe, of another kind of socket, where it is forbidden.
bool is_refusal(int error) {
    return error == EBADF || error == EINVAL || error == EPERM || error == EACCES || error == ENOSYS || error == ENOMEM;
}

}  // namespace

Pipe::Pipe() {
    int ends[2];
    if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return;
    Descriptor out(ends[0]);
    Descriptor in(ends[1]);
    // The kernel limits what all pipes of a user hold.
    if (::fcntl(in.get(), F_SETPIPE_SZ, static_cast<int>(most)) < static_cast<int>(most)) return;
    out_ = std::move(out);
    in_ = std::move(in);
}

Outcome Pipe::fill_from(int socket, std::size_t size) {
    constexpr Outcome none{Progress::want_read, 0, {}};
    if (held_ > 0) return none;
    const ssize_t count = ::splice(socket, nullptr, in_.get(), nullptr, size, SPLICE_F_NONBLOCK);
    if (count > 0) return {Progress::done, held_ = static_cast<std::size_t>(count), {}};
    if (count == 0 || errno == EAGAIN || errno == EINTR || is_refusal(errno)) return none;
    return {Progress::failed, 0, {errno, boost::system::system_category()}};
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
