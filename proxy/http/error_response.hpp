// Responses that the proxy makes itself.
#pragma once

#include <chrono>
#include <string>

#include "proxy/http/response_head.hpp"

namespace proxy::http {

/// The reason phrase of RFC 9110 for a status, "" for an unknown one.
std::string_view reason_phrase(unsigned status);

enum class ServerTokens { name_and_version, name_only };

/// What an error response says beyond its status; empty: nothing.
struct ErrorDetail {
    std::string location{};          ///< the Location field
    std::string_view explanation{};  ///< a line of the page
    std::chrono::seconds retry_after{0};  ///< the Retry-After field; 0: none
    std::string_view allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";  ///< the Allow field of a 405
};

/// nginx's words for what a status of 400 alone does not tell about TLS (its 495, 496 and 497); "" for other errors.
std::string_view explanation_of(const boost::system::error_code& error);

/// A body that the proxy has made, and its media type.
struct OwnBody {
    std::string_view type;
    std::string_view text;
};

/// A complete response; no body for HEAD. `further` are fields with their line ends.
std::string own_response(unsigned status, std::string_view request_method, Persistence persistence,
                         ServerTokens tokens, const OwnBody& body, std::string_view further = "");

/// The same with a small HTML page.
std::string error_response(unsigned status, std::string_view request_method, Persistence persistence,
                           ServerTokens tokens, const ErrorDetail& detail = {});

}  // namespace proxy::http
