// Attributes one after the other.
#include "proxy/http/cookie.hpp"

#include <algorithm>
#include <array>

namespace proxy::http {

namespace {

// RFC 9110, 5.6.7: IMF-fixdate.
std::string http_date(std::time_t time) {
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::array<char, 40> text;
    return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

// nginx's `max`: ten years, and a date before the end of 32 bits.
std::string expiry(std::chrono::milliseconds time, std::time_t now) {
    if (time == config::expires_never) return "; expires=Thu, 31 Dec 2037 23:55:55 GMT; max-age=315360000";
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return "; expires=" + http_date(now + seconds) + "; max-age=" + std::to_string(seconds);
}

// A variable may hold anything a client has sent, $uri even line breaks.
bool may_stand_in_cookie(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char c) { return c > ' ' && c < 0x7f && c != ';' && c != ','; });
}

}  // namespace

std::string set_cookie(const config::StickyCookie& cookie, const CookieValues& values, std::time_t now) {
    std::string text = cookie.name + "=" + values.value;
    if (cookie.expires) text += expiry(*cookie.expires, now);
    if (may_stand_in_cookie(values.domain)) text += "; domain=" + values.domain;
    if (cookie.httponly) text += "; httponly";
    if (cookie.secure) text += "; secure";
    if (!values.samesite.empty())
        text += "; samesite=" + (config::is_samesite(values.samesite) ? values.samesite : std::string("strict"));
    if (!cookie.path.empty()) text += "; path=" + cookie.path;
    return text;
}

}  // namespace proxy::http
