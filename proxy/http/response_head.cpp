// Which fields of a response travel on.
#include "proxy/http/response_head.hpp"

#include "proxy/http/hop_by_hop.hpp"

namespace proxy::http {

namespace {

void add_field(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

std::string status_line(const ResponseHead& head) {
    std::string line;
    line.reserve(1024);
    line.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ").append(head.reason).append("\r\n");
    return line;
}

void copy_end_to_end(std::string& text, const ResponseHead& head) {
    for (const Field field : head.fields) {
        if (equal_names(field.name, "Content-Length")) continue;
        // RFC 9110, 15.5.22: a 426 tells the protocol to upgrade to.
        const bool needed = head.status == 426 && equal_names(field.name, "Upgrade");
        if (needed || !is_hop_by_hop(field.name, head.fields)) add_field(text, field.name, field.value);
    }
}

}  // namespace

BodyEnd client_body_end(const Framing& from_upstream, Version client) {
    const bool unknown_length = from_upstream.end == BodyEnd::chunked || from_upstream.end == BodyEnd::close;
    if (!unknown_length) return from_upstream.end;
    return client == Version::http_1_1 ? BodyEnd::chunked : BodyEnd::close;
}

std::string client_response_head(const ResponseHead& head, BodyEnd body_end, Version client, Persistence persistence) {
    std::string text = status_line(head);
    copy_end_to_end(text, head);
    const auto length = head.fields.find("Content-Length");
    if (length && head.status != 204 && (body_end == BodyEnd::length || body_end == BodyEnd::no_body))
        add_field(text, "Content-Length", *length);
    if (body_end == BodyEnd::chunked) add_field(text, "Transfer-Encoding", "chunked");
    if (persistence == Persistence::close)
        add_field(text, "Connection", "close");
    else if (client == Version::http_1_0)
        add_field(text, "Connection", "keep-alive");
    text.append("\r\n");
    return text;
}

std::string client_interim_head(const ResponseHead& head) {
    std::string text = status_line(head);
    copy_end_to_end(text, head);
    text.append("\r\n");
    return text;
}

std::string client_upgrade_head(const ResponseHead& head) {
    std::string text = status_line(head);
    for (const Field field : head.fields) add_field(text, field.name, field.value);
    text.append("\r\n");
    return text;
}

}  // namespace proxy::http
