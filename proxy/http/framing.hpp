// How the end of a message body is known (RFC 9112, 6), judged strictly because proxies that disagree can be abused.
#pragma once

#include <cstdint>

#include "net/failure.hpp"
#include "proxy/http/head.hpp"

namespace proxy::http {

enum class BodyEnd { no_body, length, chunked, close };

struct Framing {
    BodyEnd end = BodyEnd::no_body;
    std::uint64_t length = 0;  ///< with BodyEnd::length

    bool has_body() const { return end != BodyEnd::no_body && !(end == BodyEnd::length && length == 0); }
};

/// Framing of a request. Errors: malformed (both Content-Length and Transfer-Encoding, repeated or bad lengths,
/// Transfer-Encoding in HTTP/1.0), unsupported_coding (anything but chunked).
net::IoResult<Framing> request_framing(const RequestHead& head);

/// Framing of the response to a request with that method. Errors as above.
net::IoResult<Framing> response_framing(const ResponseHead& head, std::string_view request_method);

}  // namespace proxy::http
