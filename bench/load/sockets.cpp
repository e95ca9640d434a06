// Sockets as the bench uses them, over the plain system calls.
#include "load/sockets.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace load {
namespace {

const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

void switch_on(int descriptor, int level, int option) {
    const int on = 1;
    if (::setsockopt(descriptor, level, option, &on, sizeof on) != 0)
        throw std::system_error(errno, std::generic_category(), "setsockopt");
}

}  // namespace

sockaddr_in parse_address(std::string_view text) {
    const auto colon = text.find(':');
    const std::string host(text.substr(0, colon));
    std::uint16_t port = 0;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const bool has_port =
        colon != std::string_view::npos &&
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), port).ec == std::errc{};
    if (!has_port || ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
        throw std::invalid_argument("not an IPv4 address with a port: " + std::string(text));
    address.sin_port = htons(port);
    return address;
}

int listen_on(const sockaddr_in& address) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "socket");
    switch_on(descriptor, SOL_SOCKET, SO_REUSEADDR);
    switch_on(descriptor, SOL_SOCKET, SO_REUSEPORT);
    if (::bind(descriptor, generic(address), sizeof address) != 0)
        throw std::system_error(errno, std::generic_category(), "bind");
    if (::listen(descriptor, 4096) != 0) throw std::system_error(errno, std::generic_category(), "listen");
    return descriptor;
}

int accept_from(int listener) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) switch_on(descriptor, IPPROTO_TCP, TCP_NODELAY);
    return descriptor;
}

int connect_to(const sockaddr_in& target, std::uint32_t source) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    switch_on(descriptor, IPPROTO_TCP, TCP_NODELAY);
    int result = 0;
    if (source != 0) {
        // The port is chosen by connect(), which knows the target: bind() alone would use up one port of the
        // address.
        switch_on(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
        sockaddr_in local{};
        local.sin_family = AF_INET;
        local.sin_addr.s_addr = htonl(source);
        result = ::bind(descriptor, generic(local), sizeof local);
    }
    if (result == 0) result = ::connect(descriptor, generic(target), sizeof target);
    if (result == 0 || errno == EINPROGRESS) return descriptor;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
}

int connect_error(int descriptor) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::uint64_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw std::system_error(errno, std::generic_category(), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw std::system_error(errno, std::generic_category(), "setrlimit");
    return limit.rlim_cur;
}

std::string failure(std::string_view call, int error) {
    return std::string(call) + ": " + std::strerror(error);
}

}  // namespace load
