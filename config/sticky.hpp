// What binds a client to an endpoint: one struct for each form of `sticky`.
#pragma once

#include "config/variable.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace config {

/// No directive: every request goes where the balancing method sends it.
struct NotSticky {
    bool operator==(const NotSticky&) const = default;
};

/// `sticky cookie NAME [expires=] [domain=] [httponly] [secure] [samesite=] [path=] [secret=]`: the proxy gives
/// the client a cookie that names its endpoint.
struct StickyCookie {
    std::string name;
    std::optional<std::chrono::milliseconds> expires{};  ///< absent: until the browser ends
    Template domain{};
    Template samesite{};  ///< strict, lax or none where it holds no variable
    std::string path{};
    std::string secret{};  ///< what the cookie's value is made with; empty: something made up at the start
    bool httponly = false;
    bool secure = false;
    bool operator==(const StickyCookie&) const = default;
};

/// `expires=max`: as long as there are cookies.
inline constexpr std::chrono::milliseconds expires_never = std::chrono::milliseconds::max();

/// `sticky route $VARIABLE ...`: the first that is not empty holds the route of an endpoint.
struct StickyRoute {
    std::vector<Template> variables;
    bool operator==(const StickyRoute&) const = default;
};

/// `sticky learn create=$VARIABLE lookup=$VARIABLE zone=NAME:SIZE [timeout=TIME]`: sessions that the endpoints
/// begin, and the proxy remembers.
struct StickyLearn {
    std::vector<Template> create;  ///< the first that is not empty names a session that a response has begun
    std::vector<Template> lookup;  ///< and the session of a request
    std::string zone;
    std::uint64_t size = 0;  ///< bytes that all sessions may take
    std::chrono::milliseconds timeout = std::chrono::minutes(10);  ///< without a request
    bool operator==(const StickyLearn&) const = default;
};

using Sticky = std::variant<NotSticky, StickyCookie, StickyRoute, StickyLearn>;

/// Whether it is a value that SameSite may have, in any letter case (RFC 6265bis, 4.1.2.7).
bool is_samesite(std::string_view value);

}  // namespace config
