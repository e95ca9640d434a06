// Socket addresses of every family the proxy listens on or connects to: IPv4, IPv6 and unix.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>

#include "net/failure.hpp"

namespace net {

using Protocol = boost::asio::generic::stream_protocol;
using SocketAddress = Protocol::endpoint;

SocketAddress tcp_address(const boost::asio::ip::address& address, std::uint16_t port);

/// Error: name_too_long when the path does not fit into sockaddr_un.
IoResult<SocketAddress> unix_address(const std::string& path);

/// The address without the port: "127.0.0.1", "::1", or "unix:" (as nginx's $remote_addr).
std::string host_text(const SocketAddress& address);

/// The address in network byte order: 4 bytes, 16 bytes, or none for a unix socket.
std::string binary_host(const SocketAddress& address);

/// The port; 0 for a unix socket.
std::uint16_t port_of(const SocketAddress& address);

/// The same address with another port; a unix address as it is.
SocketAddress with_port(const SocketAddress& address, std::uint16_t port);

/// Whether it is 0.0.0.0 or [::]: what listens there is reached by many addresses.
bool is_any_address(const SocketAddress& address);

/// "127.0.0.1:80", "[::1]:80", "unix:/path".
std::string to_string(const SocketAddress& address);

}  // namespace net
