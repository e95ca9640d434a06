// Binding and listening.
#include "proxy/accept/listening_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "upstream/discovery/system_resolver.hpp"

namespace proxy::accept {

namespace {

net::ErrorCode last_error() { return {errno, boost::system::system_category()}; }

bool set_option(int socket, int level, int option, int value) {
    return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

enum class Sharing { alone, with_other_workers };

net::IoResult<net::Descriptor> bind_socket(const net::SocketAddress& address, const config::Listen& listen,
                                           Sharing sharing) {
    const int family = address.protocol().family();
    net::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return last_error();
    if (family != AF_UNIX && !set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1)) return last_error();
    if (family == AF_INET6 && !set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, listen.ipv6_only ? 1 : 0))
        return last_error();
    if (sharing == Sharing::with_other_workers && !set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1))
        return last_error();
    // What is accepted inherits this: small messages leave at once, without a call for each connection.
    if (family != AF_UNIX && !set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1)) return last_error();
    if (::bind(socket.get(), address.data(), static_cast<socklen_t>(address.size())) != 0) return last_error();
    return socket;
}

net::IoResult<net::Descriptor> duplicate(const net::Descriptor& socket) {
    net::Descriptor made(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
    if (!made) return last_error();
    return made;
}

// A unix socket's file outlives a process that was killed. It may be replaced only if nobody listens behind it.
void remove_stale_file(const net::SocketAddress& address, const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
    const net::Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int result = ::connect(probe.get(), address.data(), static_cast<socklen_t>(address.size()));
    if (result != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
}

net::IoResult<net::SocketAddress> socket_address(const config::Address& address) {
    config::Address named = address;
    if (auto* tcp = std::get_if<config::TcpAddress>(&named); tcp != nullptr && tcp->host.empty()) tcp->host = "0.0.0.0";
    const auto addresses = upstream::resolve(named);
    if (!addresses) return {boost::system::in_place_error, addresses.error()};
    return addresses->front();
}

}  // namespace

net::ErrorCode ListeningSocket::probe(const config::Listen& listen) {
    if (std::holds_alternative<config::UnixAddress>(listen.address)) return {};
    const auto address = socket_address(listen.address);
    if (!address) return address.error();
    const auto bound = bind_socket(*address, listen, Sharing::alone);
    return bound ? net::ErrorCode() : bound.error();
}

net::IoResult<std::shared_ptr<ListeningSocket>> ListeningSocket::open(const config::Listen& listen,
                                                                      std::size_t workers) {
    const auto address = socket_address(listen.address);
    if (!address) return address.error();
    const auto* local = std::get_if<config::UnixAddress>(&listen.address);
    if (local != nullptr) remove_stale_file(*address, local->path);
    std::shared_ptr<ListeningSocket> opened(new ListeningSocket);
    opened->address_ = *address;
    const Sharing sharing = local != nullptr ? Sharing::alone : Sharing::with_other_workers;
    for (std::size_t i = 0; i < workers; ++i) {
        const bool shared = local != nullptr && i > 0;
        auto socket = shared ? duplicate(opened->descriptors_.front()) : bind_socket(*address, listen, sharing);
        if (!socket) return socket.error();
        if (!shared && ::listen(socket->get(), listen.backlog) != 0) return last_error();
        opened->descriptors_.push_back(std::move(*socket));
    }
    if (local != nullptr && ::chmod(local->path.c_str(), 0666) != 0) return last_error();
    return opened;
}

ListeningSocket::~ListeningSocket() {
    if (address_.protocol().family() == AF_UNIX && !descriptors_.empty())
        ::unlink(net::to_string(address_).substr(5).c_str());
}

}  // namespace proxy::accept
