// When a request may go on to another endpoint: `proxy_next_upstream` and its bounds.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace config {

/// A condition of `proxy_next_upstream`, in the order of its words.
enum class RetryCause {
    error,           ///< no connection, or it broke before a response head had come
    timeout,         ///< any of that took too long
    invalid_header,  ///< the response head cannot be used; of a WebSocket handshake also a wrong 101
    http_500,        ///< the endpoint answered with this status
    http_502,
    http_503,
    http_504,
    http_403,
    http_404,
    http_429,
    non_idempotent,  ///< no cause, but leave: requests that may not be repeated are repeated as well
};

/// The words of `proxy_next_upstream`, by RetryCause.
const std::vector<std::string_view>& retry_words();

/// A set of causes.
class RetryCauses {
  public:
    constexpr RetryCauses() = default;
    constexpr RetryCauses(std::initializer_list<RetryCause> causes) {
        for (const RetryCause cause : causes) add(cause);
    }
    constexpr void add(RetryCause cause) { bits_ |= 1U << static_cast<unsigned>(cause); }
    constexpr bool contain(RetryCause cause) const { return (bits_ >> static_cast<unsigned>(cause) & 1U) != 0; }
    bool operator==(const RetryCauses&) const = default;

  private:
    unsigned bits_ = 0;
};

/// `proxy_next_upstream`, `proxy_next_upstream_tries` and `proxy_next_upstream_timeout`.
struct NextUpstream {
    RetryCauses causes{RetryCause::error, RetryCause::timeout};  ///< empty: `off`
    unsigned tries = 0;                                          ///< endpoints, the first one included; 0: all
    std::chrono::milliseconds timeout{0};  ///< after it no further endpoint is turned to; 0: no bound
    bool operator==(const NextUpstream&) const = default;
};

}  // namespace config
