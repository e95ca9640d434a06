// Opening and connecting a socket under a deadline.
#include "upstream/connect/connector.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include <boost/asio/error.hpp>

#include "net/system_calls.hpp"

namespace upstream {

namespace {

net::ErrorCode last_error() { return {errno, boost::system::system_category()}; }

void set_up_tcp(int socket) {
    const int on = 1;
    // Without it small messages would only be sent later.
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Where one connects it means that the last segment of TCP's handshake goes with the first bytes, instead of alone.
    ::setsockopt(socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on);
}

}  // namespace

net::IoResult<std::unique_ptr<net::Stream>> open(const net::Executor& executor, net::DeadlineQueue& deadlines,
                                                 const net::SocketAddress& address,
                                                 const std::optional<net::SocketAddress>& source) {
    const int family = address.protocol().family();
    net::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return last_error();
    if (family != AF_UNIX) set_up_tcp(socket.get());
    if (source) {
        const int on = 1;
        const bool bound =
            ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
            ::bind(socket.get(), source->data(), static_cast<socklen_t>(source->size())) == 0;
        if (!bound) return last_error();
    }
    return std::make_unique<net::Stream>(executor, std::move(socket), deadlines);
}

net::IoResult<> begin_connect(net::Stream& stream, const net::SocketAddress& address) {
    const auto connect_once = [&stream, &address] {
        return net::kernel::connect(stream.descriptor(), address.data(), static_cast<socklen_t>(address.size()));
    };
    int result = connect_once();
    // On the way to this machine the handshake is over when connect() says that it has begun. Asking once more is cheaper
    // than being told: two changes to the epoll set, a turn of the event loop and SO_ERROR.
    if (result != 0 && errno == EINPROGRESS) result = connect_once();
    if (result == 0) return {};
    // EAGAIN is a unix socket whose backlog is full: it does not connect later.
    return errno == EALREADY ? net::ErrorCode(boost::asio::error::in_progress) : last_error();
}

net::Task<net::IoResult<>> connect(net::Stream& stream, net::SocketAddress address, net::Duration timeout) {
    auto connected = begin_connect(stream, address);
    if (!connected && connected.error() == boost::asio::error::in_progress)
        connected = co_await stream.wait_connected(timeout);
    co_return connected;
}

net::Party culprit(const net::ErrorCode& error) {
    namespace codes = boost::asio::error;
    const bool own = error == codes::no_descriptors || error == codes::no_memory || error == codes::no_buffer_space ||
                     error == boost::system::errc::too_many_files_open_in_system ||
                     error == boost::system::errc::address_not_available;
    return own ? net::Party::self : net::Party::upstream;
}

}  // namespace upstream
