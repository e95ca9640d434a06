// The text of a Set-Cookie field.
#pragma once

#include <ctime>
#include <string>

#include "config/sticky.hpp"

namespace proxy::http {

/// What the parts of `sticky cookie` that hold variables come to for one request.
struct CookieValues {
    std::string value;
    std::string domain{};
    std::string samesite{};
};

/// The value of Set-Cookie (RFC 6265, 4.1) with its attributes in nginx's order; `now` is what `expires` is counted
/// from. A domain that cannot stand in a cookie is left out; a SameSite that is none counts as strict (as in nginx).
std::string set_cookie(const config::StickyCookie& cookie, const CookieValues& values, std::time_t now);

}  // namespace proxy::http
