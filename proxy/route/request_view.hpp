// What a request offers to variables, header rules and logs: views of things that outlive it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "proxy/http/head.hpp"
#include "proxy/http/request_rules.hpp"

namespace proxy::route {

/// The client side of one connection, in text form, made once at accept.
struct ClientAddress {
    std::string remote_host;  ///< $remote_addr
    std::uint16_t remote_port = 0;
    std::string local_host;  ///< $server_addr
    std::uint16_t local_port = 0;
    std::string remote_binary;  ///< $binary_remote_addr
};

struct RequestView {
    const http::RequestHead& head;
    const http::Target& target;
    const ClientAddress& client;
    std::uint64_t connection = 0;     ///< serial number of the connection
    unsigned request_number = 1;      ///< of this request on its connection
    std::string_view server_name;     ///< first name of the virtual server
    std::string_view proxy_host;      ///< host of proxy_pass as it is written there
    std::uint16_t proxy_default_port = 80;  ///< of the scheme of proxy_pass
    SSL* tls = nullptr;               ///< the client's TLS session; null for a plain connection
    const http::ResponseHead* response = nullptr;  ///< the upstream's, once it has come
};

}  // namespace proxy::route
