// A listening socket of a test, used with plain non-blocking system calls.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "net/address.hpp"
#include "net/descriptor.hpp"
#include "tests/net/stream_fixture.hpp"

namespace net_tests {

/// Without a port, for a socket that binds: any.
inline net::SocketAddress tcp(const std::string& host, std::uint16_t port = 0) {
    return net::tcp_address(boost::asio::ip::make_address(host), port);
}

/// Where a connected socket leads to.
inline net::SocketAddress address_of_peer(int descriptor) {
    net::SocketAddress address;
    auto size = static_cast<socklen_t>(address.capacity());
    if (::getpeername(descriptor, address.data(), &size) != 0) throw std::system_error(errno, std::system_category());
    address.resize(size);
    return address;
}

/// Bound from the beginning; without a backlog it refuses whoever comes until listen() is called.
class Listening {
  public:
    explicit Listening(const net::SocketAddress& address, std::optional<int> backlog = 8)
        : socket_(socket_for(address)) {
        check(::bind(socket_.get(), address.data(), static_cast<socklen_t>(address.size())));
        auto size = static_cast<socklen_t>(address_.capacity());
        check(::getsockname(socket_.get(), address_.data(), &size));
        address_.resize(size);
        if (backlog) listen(*backlog);
    }

    /// With the port that the kernel has chosen where none was given.
    const net::SocketAddress& address() const { return address_; }

    void listen(int backlog) { check(::listen(socket_.get(), backlog)); }

    /// A connection that has come, or nothing.
    std::optional<Peer> accept() {
        net::Descriptor accepted = accept_near();
        if (!accepted) return std::nullopt;
        return Peer(accepted.release());
    }

    /// The same for one that is to be under test.
    net::Descriptor accept_near() {
        return net::Descriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    }

    /// From now on a connection to it neither comes about nor fails: its queue is full.
    void stop_answering() {
        listen(0);
        for (int i = 0; i < 8; ++i) {
            fillers_.push_back(socket_for(address_));
            ::connect(fillers_.back().get(), address_.data(), static_cast<socklen_t>(address_.size()));
        }
    }

    void close() { socket_.reset(); }

  private:
    static net::Descriptor socket_for(const net::SocketAddress& address) {
        return net::Descriptor(::socket(address.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    }

    static void check(int result) {
        if (result != 0) throw std::system_error(errno, std::system_category(), "no listening socket");
    }

    net::Descriptor socket_;
    net::SocketAddress address_;
    std::vector<net::Descriptor> fillers_;
};

/// Two connected TCP sockets, non-blocking.
inline std::pair<net::Descriptor, net::Descriptor> tcp_pair() {
    Listening listening(tcp("127.0.0.1"));
    const net::SocketAddress& address = listening.address();
    net::Descriptor far(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(far.get(), address.data(), static_cast<socklen_t>(address.size())) != 0)
        throw std::system_error(errno, std::system_category());
    ::fcntl(far.get(), F_SETFL, O_NONBLOCK);
    return {listening.accept_near(), std::move(far)};
}

}  // namespace net_tests
