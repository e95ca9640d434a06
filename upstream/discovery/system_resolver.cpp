// Look-up of names with getaddrinfo.
#include "upstream/discovery/system_resolver.hpp"

#include <algorithm>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace upstream {

namespace ip = boost::asio::ip;

net::IoResult<std::vector<net::SocketAddress>> resolve(const config::Address& address) {
    if (const auto* local = std::get_if<config::UnixAddress>(&address)) {
        const auto path = net::unix_address(local->path);
        if (!path) return path.error();
        return std::vector{*path};
    }
    const auto& [host, port] = std::get<config::TcpAddress>(address);
    net::ErrorCode error;
    const ip::address literal = ip::make_address(host, error);
    if (!error) return std::vector{net::tcp_address(literal, port)};

    boost::asio::io_context context;
    ip::tcp::resolver resolver(context);
    const auto found =
        resolver.resolve(host, std::to_string(port), ip::resolver_base::numeric_service, error);
    if (error) return error;
    std::vector<net::SocketAddress> addresses;
    for (const auto& entry : found) {
        const net::SocketAddress candidate(entry.endpoint());
        if (std::find(addresses.begin(), addresses.end(), candidate) == addresses.end())
            addresses.push_back(candidate);
    }
    return addresses;
}

}  // namespace upstream
