// The table from failures to verdicts.
#include "proxy/http/verdict.hpp"

#include <optional>

#include <boost/asio/error.hpp>

#include "proxy/http/message_error.hpp"

namespace proxy::http {

namespace {

using config::LogLevel;
using net::Party;

std::optional<unsigned> request_error_status(const net::ErrorCode& code) {
    if (code.category() != make_error_code(MessageError::malformed).category()) return std::nullopt;
    switch (static_cast<MessageError>(code.value())) {
        case MessageError::malformed: return 400;
        case MessageError::line_too_long: return 414;
        case MessageError::head_too_large: return 431;
        case MessageError::body_too_large: return 413;
        case MessageError::unsupported_version: return 505;
        case MessageError::unsupported_coding: return 501;
        case MessageError::method_not_allowed: return 405;
        case MessageError::length_required: return 411;
        case MessageError::bad_handshake: return 400;
        case MessageError::bad_websocket_version: return 426;
        case MessageError::bad_certificate:
        case MessageError::no_certificate:
        case MessageError::plain_on_tls_port: return 400;  // nginx's 495, 496 and 497
        case MessageError::misdirected: return 421;
        case MessageError::slash_missing: return 301;
        case MessageError::no_location: return 404;
        default: return std::nullopt;
    }
}

bool is_about_all_endpoints(const net::ErrorCode& code) {
    return code == MessageError::no_live_endpoint || code == MessageError::queue_full ||
           code == MessageError::queue_timed_out;
}

}  // namespace

Verdict judge(const net::Failure& failure) {
    const bool timed_out = failure.code == boost::asio::error::timed_out;
    switch (failure.party) {
        case Party::client:
            if (const auto status = request_error_status(failure.code)) return {*status};
            return {timed_out ? 408 : client_closed_request};
        case Party::upstream: {
            const Retry retry = failure.stage == net::Stage::connect && !is_about_all_endpoints(failure.code)
                                    ? Retry::next_endpoint
                                    : Retry::never;
            return {timed_out ? 504u : 502u, retry, LogLevel::error};
        }
        case Party::self: return {500, Retry::never, LogLevel::crit};
    }
    return {500, Retry::never, LogLevel::crit};
}

}  // namespace proxy::http
