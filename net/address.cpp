// Conversions between sockaddr structures and text.
#include "net/address.hpp"

#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <charconv>
#include <cstring>

#include <boost/asio/ip/tcp.hpp>

namespace net {

namespace ip = boost::asio::ip;

namespace {

// The generic endpoint holds a sockaddr_storage; copying out avoids aliasing it.
ip::tcp::endpoint tcp_endpoint(const SocketAddress& address) {
    ip::tcp::endpoint endpoint;
    if (address.size() > endpoint.capacity()) return endpoint;
    std::memcpy(endpoint.data(), address.data(), address.size());
    endpoint.resize(address.size());
    return endpoint;
}

bool is_internet(const SocketAddress& address) {
    const int family = address.protocol().family();
    return family == AF_INET || family == AF_INET6;
}

}  // namespace

SocketAddress with_port(const SocketAddress& address, std::uint16_t port) {
    return is_internet(address) ? tcp_address(tcp_endpoint(address).address(), port) : address;
}

SocketAddress tcp_address(const ip::address& address, std::uint16_t port) {
    return SocketAddress(ip::tcp::endpoint(address, port));
}

IoResult<SocketAddress> unix_address(const std::string& path) {
    sockaddr_un name{};
    if (path.size() >= sizeof(name.sun_path))
        return {boost::system::in_place_error, boost::system::errc::filename_too_long,
                boost::system::generic_category()};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    return SocketAddress(&name, sizeof(name));
}

namespace {

// As inet_ntop() does it, but that one prints: two thousand instructions, twice for every connection.
std::string text_of(const ip::address_v4& address) {
    std::array<char, INET_ADDRSTRLEN> text;
    char* end = text.data();
    for (const unsigned byte : address.to_bytes()) {
        if (end != text.data()) *end++ = '.';
        end = std::to_chars(end, text.end(), byte).ptr;
    }
    return {text.data(), end};
}

}  // namespace

std::string host_text(const SocketAddress& address) {
    if (!is_internet(address)) return "unix:";
    const ip::address host = tcp_endpoint(address).address();
    return host.is_v4() ? text_of(host.to_v4()) : host.to_string();
}

std::string binary_host(const SocketAddress& address) {
    if (!is_internet(address)) return {};
    const ip::address host = tcp_endpoint(address).address();
    const auto text = [](const auto& bytes) { return std::string(bytes.begin(), bytes.end()); };
    return host.is_v4() ? text(host.to_v4().to_bytes()) : text(host.to_v6().to_bytes());
}

std::uint16_t port_of(const SocketAddress& address) {
    return is_internet(address) ? tcp_endpoint(address).port() : std::uint16_t{0};
}

bool is_any_address(const SocketAddress& address) {
    return is_internet(address) && tcp_endpoint(address).address().is_unspecified();
}

std::string to_string(const SocketAddress& address) {
    if (!is_internet(address)) {
        sockaddr_un name{};
        std::memcpy(&name, address.data(), std::min(sizeof(name), address.size()));
        name.sun_path[sizeof(name.sun_path) - 1] = '\0';
        return std::string("unix:") + name.sun_path;
    }
    const std::string host = host_text(address);
    const std::string port = std::to_string(port_of(address));
    return address.protocol().family() == AF_INET6 ? "[" + host + "]:" + port : host + ":" + port;
}

}  // namespace net
