// The table from failures to verdicts.
#include "proxy/http/verdict.hpp"

#include <boost/asio/error.hpp>

#include "proxy/http/message_error.hpp"
#include "proxy/http/refusal.hpp"

namespace proxy::http {

namespace {

using config::LogLevel;
using config::RetryCause;
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
        case MessageError::bad_handshake:
        case MessageError::connection_not_upgraded: return 400;
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

bool is_about_admission(const net::ErrorCode& code) {
    return code == MessageError::admission_queue_full || code == MessageError::admission_timed_out;
}

std::optional<RetryCause> cause_of(unsigned refusal) {
    switch (refusal) {
        case 500: return RetryCause::http_500;
        case 502: return RetryCause::http_502;
        case 503: return RetryCause::http_503;
        case 504: return RetryCause::http_504;
        case 403: return RetryCause::http_403;
        case 404: return RetryCause::http_404;
        case 429: return RetryCause::http_429;
        default: return std::nullopt;
    }
}

// nginx: "The cases of http_403 and http_404 are never considered unsuccessful attempts."
Verdict judge_refusal(unsigned status) {
    return {status, cause_of(status), status == 403 || status == 404 ? Blame::none : Blame::endpoint, LogLevel::error};
}

// Whether the client has not been told anything yet.
bool is_before_the_response(net::Stage stage) {
    return stage == net::Stage::connect || stage == net::Stage::send_request || stage == net::Stage::response_head;
}

Verdict judge_upstream(const net::Failure& failure) {
    if (const unsigned status = refusal_status(failure.code)) return judge_refusal(status);
    if (is_about_all_endpoints(failure.code)) return {502, std::nullopt, Blame::none, LogLevel::error};
    if (is_about_admission(failure.code)) return {503, std::nullopt, Blame::none, LogLevel::warn};
    const bool timed_out = failure.code == boost::asio::error::timed_out;
    const bool is_about_a_message = failure.code.category() == make_error_code(MessageError::malformed).category();
    const unsigned status = timed_out ? 504 : 502;
    if (!is_before_the_response(failure.stage)) return {status, std::nullopt, Blame::none, LogLevel::error};
    const RetryCause cause = timed_out            ? RetryCause::timeout
                             : is_about_a_message ? RetryCause::invalid_header
                                                  : RetryCause::error;
    return {status, cause, Blame::endpoint, LogLevel::error};
}

}  // namespace

Verdict judge(const net::Failure& failure) {
    switch (failure.party) {
        case Party::client:
            if (const auto status = request_error_status(failure.code)) return {*status};
            return {failure.code == boost::asio::error::timed_out ? 408 : client_closed_request};
        case Party::upstream: return judge_upstream(failure);
        case Party::self: break;
    }
    return {500, std::nullopt, Blame::none, LogLevel::crit};
}

}  // namespace proxy::http
