// The system calls that a tunnel and a handshake live on, without the detour of libc: there each is a point at which a thread
// can be cancelled, which in a process with threads takes two atomic operations. Nobody here cancels a thread. Errors are in
// errno, as ever. A sanitizer has to see the calls, and gets libc's.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace net::kernel {

#ifdef TIDEGATE_SANITIZED

using ::accept4;
using ::close;
using ::connect;
using ::epoll_wait;
using ::recv;
using ::send;

#else

inline ssize_t recv(int socket, void* data, std::size_t size, int flags) {
    return ::syscall(SYS_recvfrom, socket, data, size, flags, nullptr, nullptr);
}

inline ssize_t send(int socket, const void* data, std::size_t size, int flags) {
    return ::syscall(SYS_sendto, socket, data, size, flags, nullptr, 0);
}

inline int epoll_wait(int set, epoll_event* events, int most, int timeout) {
    return static_cast<int>(::syscall(SYS_epoll_pwait, set, events, most, timeout, nullptr, 0));
}

inline int accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
    return static_cast<int>(::syscall(SYS_accept4, listener, address, size, flags));
}

inline int connect(int socket, const sockaddr* address, socklen_t size) {
    return static_cast<int>(::syscall(SYS_connect, socket, address, size));
}

inline int close(int descriptor) { return static_cast<int>(::syscall(SYS_close, descriptor)); }

#endif

}  // namespace net::kernel
