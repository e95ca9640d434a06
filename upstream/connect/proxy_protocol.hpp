// The PROXY protocol header that tells an upstream whose connection it is handed (HAProxy: proxy-protocol.txt).
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/ip/address.hpp>

#include "config/model.hpp"

namespace upstream {

/// The two ends of a client's connection to the proxy.
struct ClientEnds {
    boost::asio::ip::address source;  ///< the client
    std::uint16_t source_port = 0;
    boost::asio::ip::address destination;  ///< where the proxy accepted it
    std::uint16_t destination_port = 0;
};

/// Takes the addresses as text; both ends unspecified (0.0.0.0, port 0) for what is not an IP address: a unix socket.
ClientEnds client_ends(const std::string& source, std::uint16_t source_port, const std::string& destination,
                       std::uint16_t destination_port);

/// The header in that version; nothing for `off`. IPv4 addresses mapped into IPv6 are written as IPv4 where both ends
/// are. A client on a unix socket is UNKNOWN in v1 (section 2.1) and AF_UNSPEC in v2 (section 2.2).
std::string proxy_protocol_header(config::ProxyProtocol version, const ClientEnds& ends);

}  // namespace upstream
