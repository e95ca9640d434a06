// The opening handshake of RFC 6455, section 4, judged from both sides. No sockets here.
#pragma once

#include <string>
#include <string_view>

#include "net/failure.hpp"
#include "proxy/http/head.hpp"

namespace proxy::websocket {

/// True when a client asks for WebSocket, rightly or wrongly: an Upgrade field that names it, or a key.
bool asks_for_websocket(const http::RequestHead& head);

/// Judges a client's handshake (RFC 6455, 4.2.1). Errors: bad_handshake, connection_not_upgraded; bad_websocket_version for
/// another version than 13, to be answered with 426 and Sec-WebSocket-Version.
net::ErrorCode judge_request(const http::RequestHead& head);

/// Judges the 101 of an upstream (RFC 6455, 4.1): Upgrade and Connection must say so, and where `key` is not empty
/// Sec-WebSocket-Accept must match it. Errors: unexpected_upgrade, bad_accept.
net::ErrorCode judge_response(const http::ResponseHead& head, std::string_view key);

/// The Sec-WebSocket-Accept for a key: base64(SHA-1(key + GUID)).
std::string accept_for(std::string_view key);

}  // namespace proxy::websocket
