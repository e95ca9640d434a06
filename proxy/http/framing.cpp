// Body framing rules of RFC 9112, section 6.
#include "proxy/http/framing.hpp"

#include <charconv>

#include "proxy/http/message_error.hpp"

namespace proxy::http {

namespace {

net::IoResult<std::uint64_t> content_length(std::string_view value) {
    std::uint64_t length = 0;
    const char* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, length);
    // from_chars takes no sign for unsigned types, no blanks and no list, which is just what is wanted.
    if (error != std::errc{} || stop != end || value.empty()) return net::ErrorCode(MessageError::malformed);
    return length;
}

net::IoResult<Framing> declared_framing(const Fields& fields, Version version, BodyEnd otherwise) {
    const std::size_t codings = fields.count("Transfer-Encoding");
    const std::size_t lengths = fields.count("Content-Length");
    if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) return net::ErrorCode(MessageError::malformed);
    if (codings > 0) {
        if (version == Version::http_1_0) return net::ErrorCode(MessageError::malformed);
        if (!equal_names(*fields.find("Transfer-Encoding"), "chunked"))
            return net::ErrorCode(MessageError::unsupported_coding);
        return Framing{BodyEnd::chunked, 0};
    }
    if (lengths == 0) return Framing{otherwise, 0};
    const auto length = content_length(*fields.find("Content-Length"));
    if (!length) return length.error();
    return Framing{BodyEnd::length, *length};
}

}  // namespace

net::IoResult<Framing> request_framing(const RequestHead& head) {
    return declared_framing(head.fields, head.version, BodyEnd::no_body);
}

net::IoResult<Framing> response_framing(const ResponseHead& head, std::string_view request_method) {
    const auto declared = declared_framing(head.fields, head.version, BodyEnd::close);
    if (!declared) return declared;
    const bool bodiless =
        head.status / 100 == 1 || head.status == 204 || head.status == 304 || request_method == "HEAD";
    return bodiless ? Framing{} : *declared;
}

}  // namespace proxy::http
