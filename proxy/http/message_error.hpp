// What can be wrong with an HTTP message, as error codes.
#pragma once

#include <boost/system/error_code.hpp>

namespace proxy::http {

enum class MessageError {
    malformed = 1,        ///< breaks the grammar of RFC 9112, or is a smuggling shape
    line_too_long,        ///< request line longer than a header buffer
    head_too_large,       ///< header fields larger than the header buffers, or too many
    body_too_large,       ///< more than client_max_body_size
    unsupported_version,  ///< a major version other than 1
    unsupported_coding,   ///< a Transfer-Encoding other than chunked
    method_not_allowed,   ///< CONNECT, which a reverse proxy does not serve, or one the location does not
    length_required,      ///< a chunked body for an upstream that is spoken to in HTTP/1.0
    unexpected_upgrade,   ///< a 101 nobody asked for
    bad_accept,           ///< Sec-WebSocket-Accept does not match the key
    bad_handshake,        ///< the client's WebSocket handshake is not one
    connection_not_upgraded,  ///< it does not say Connection: Upgrade
    bad_websocket_version,
    no_live_endpoint,     ///< every endpoint of the pool is down or was tried
    queue_full,           ///< as many requests as `queue` allows wait for the endpoints of the pool
    queue_timed_out,      ///< none of them had room within the time of `queue`
    admission_queue_full,  ///< more than `admit` or `max_handshakes` let in, and than `admit_queue` lets wait
    admission_timed_out,   ///< not let in within the time of `admit_queue`
    bad_certificate,      ///< the client's certificate does not verify
    no_certificate,       ///< the client shows none where one is required
    plain_on_tls_port,    ///< a request without TLS on a listener with ssl
    misdirected,          ///< a server that verifies clients, over a session made with another
    slash_missing,        ///< a path that is a location but for its last slash
    no_location,          ///< nothing in the configuration answers this path
};

boost::system::error_code make_error_code(MessageError error);

}  // namespace proxy::http

template <>
struct boost::system::is_error_code_enum<proxy::http::MessageError> : std::true_type {};
