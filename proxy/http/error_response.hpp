// Responses that the proxy makes itself.
#pragma once

#include <string>

#include "proxy/http/response_head.hpp"

namespace proxy::http {

/// The reason phrase of RFC 9110 for a status, "" for an unknown one.
std::string_view reason_phrase(unsigned status);

enum class ServerTokens { name_and_version, name_only };

/// A complete response with a small HTML page; no body for HEAD. `location` goes into a Location field unless it is
/// empty.
std::string error_response(unsigned status, std::string_view request_method, Persistence persistence,
                           ServerTokens tokens, std::string_view location = {});

}  // namespace proxy::http
