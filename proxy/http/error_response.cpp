// The small page behind an error status.
#include "proxy/http/error_response.hpp"

#include <array>
#include <ctime>

#include <boost/beast/http/status.hpp>
#include <spdlog/fmt/fmt.h>

#include "proxy/http/message_error.hpp"

namespace proxy::http {

namespace {

std::string_view name_of(ServerTokens tokens) {
    return tokens == ServerTokens::name_only ? "tidegate" : "tidegate/" TIDEGATE_VERSION;
}

std::string date() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 64> text;
    return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    return {reason.data(), reason.size()};
}

std::string_view explanation_of(const boost::system::error_code& error) {
    if (error == MessageError::plain_on_tls_port) return "The plain HTTP request was sent to HTTPS port";
    if (error == MessageError::bad_certificate) return "The SSL certificate error";
    if (error == MessageError::no_certificate) return "No required SSL certificate was sent";
    return "";
}

std::string own_response(unsigned status, std::string_view request_method, Persistence persistence,
                         ServerTokens tokens, const OwnBody& body, std::string_view further) {
    // 426 is the answer to an upgrade, so Connection has to name it (RFC 9110, 7.8).
    const std::string_view options = status == 426                           ? "upgrade, close"
                                     : persistence == Persistence::close ? "close"
                                                                             : "keep-alive";
    std::string response = fmt::format(
        "HTTP/1.1 {} {}\r\nServer: {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: {}"
        "\r\n\r\n",
        status, reason_phrase(status), name_of(tokens), date(), body.type, body.text.size(), further, options);
    if (request_method != "HEAD") response += body.text;
    return response;
}

std::string error_response(unsigned status, std::string_view request_method, Persistence persistence,
                           ServerTokens tokens, const ErrorDetail& detail) {
    std::string further;
    if (!detail.location.empty()) further += fmt::format("Location: {}\r\n", detail.location);
    if (detail.retry_after.count() > 0) further += fmt::format("Retry-After: {}\r\n", detail.retry_after.count());
    if (status == 405) further += fmt::format("Allow: {}\r\n", detail.allow);
    if (status == 426) further += "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    const std::string explanation = detail.explanation.empty() ? "" : fmt::format("<p>{}</p>", detail.explanation);
    const std::string page = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><title>{0} {1}</title></head>\n"
        "<body><h1>{0} {1}</h1>{2}<hr><p>{3}</p></body></html>\n",
        status, reason_phrase(status), explanation, name_of(tokens));
    return own_response(status, request_method, persistence, tokens, {"text/html", page}, further);
}

}  // namespace proxy::http
