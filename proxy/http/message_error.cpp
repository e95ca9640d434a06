// The words of message errors.
#include "proxy/http/message_error.hpp"

namespace proxy::http {

namespace {

class Category final : public boost::system::error_category {
 public:
    const char* name() const noexcept override { return "http"; }

    std::string message(int value) const override {
        switch (static_cast<MessageError>(value)) {
            case MessageError::malformed: return "malformed message";
            case MessageError::line_too_long: return "request line too long";
            case MessageError::head_too_large: return "header too large";
            case MessageError::body_too_large: return "body larger than client_max_body_size";
            case MessageError::unsupported_version: return "unsupported HTTP version";
            case MessageError::unsupported_coding: return "unsupported Transfer-Encoding";
            case MessageError::method_not_allowed: return "method not allowed";
            case MessageError::length_required: return "chunked body for an HTTP/1.0 upstream";
            case MessageError::unexpected_upgrade: return "101 that was not asked for";
            case MessageError::bad_accept: return "Sec-WebSocket-Accept does not match the key";
            case MessageError::bad_handshake: return "invalid WebSocket handshake";
            case MessageError::connection_not_upgraded:
                return "WebSocket handshake without Connection: Upgrade (does a proxy in front drop it?)";
            case MessageError::bad_websocket_version: return "unsupported Sec-WebSocket-Version";
            case MessageError::no_live_endpoint: return "no live upstreams";
            case MessageError::queue_full: return "the queue is full";
            case MessageError::queue_timed_out: return "the time in the queue ran out";
            case MessageError::admission_queue_full: return "the upstream lets nobody in for now";
            case MessageError::admission_timed_out: return "the time to be let in ran out";
            case MessageError::bad_certificate: return "the client certificate does not verify";
            case MessageError::no_certificate: return "no required client certificate was sent";
            case MessageError::plain_on_tls_port: return "plain HTTP request on a TLS port";
            case MessageError::misdirected: return "request for another server than the TLS session was made with";
            case MessageError::slash_missing: return "slash missing at the end of the path";
            case MessageError::no_location: return "no location matches";
        }
        return "unknown";
    }
};

}  // namespace

boost::system::error_code make_error_code(MessageError error) {
    static const Category category;
    return {static_cast<int>(error), category};
}

}  // namespace proxy::http
