// What a request head must satisfy beyond its grammar before it is routed (RFC 9112, 3.2).
#pragma once

#include <string>

#include "net/failure.hpp"
#include "proxy/http/head.hpp"

namespace proxy::http {

/// The parts of a request-target in origin or absolute form.
struct Target {
    std::string host;   ///< lower case, without port: of the target in absolute form, otherwise of the Host field
    std::string path;   ///< percent-decoded, dot segments removed, slashes merged: what locations match
    std::string query;  ///< without the question mark
    std::string origin; ///< path and query as they came: what is forwarded when proxy_pass has no URI part
    std::string authority;  ///< host and port of a target in absolute form as they came; otherwise empty
};

/// Errors: malformed (Host missing, repeated or invalid; target not in a form we serve; path that climbs above the
/// root or holds a NUL), method_not_allowed (CONNECT).
net::IoResult<Target> examine_target(const RequestHead& head);

/// Percent-decodes a path, merges slashes and resolves dot segments, as nginx does for location matching.
/// Fails for broken escapes, an escaped NUL and a path that climbs above the root.
net::IoResult<std::string> normalize_path(std::string_view path);

/// Appends "%XX" for one byte.
void append_percent_encoded(std::string& text, char byte);

/// Escapes what may not stand in a request-target; the inverse of the decoding above.
std::string escape_path(std::string_view path);

}  // namespace proxy::http
