// Whether the response to a health check passes (nginx: match).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/health.hpp"
#include "config/pattern.hpp"
#include "proxy/http/head.hpp"

namespace proxy::health {

class ResponseMatch {
 public:
    /// Any status 2xx or 3xx.
    ResponseMatch() = default;

    /// Everything that the block says. Its expressions were compiled once already when the configuration was read.
    explicit ResponseMatch(config::Match match);

    /// How much of a body is looked at, as in nginx.
    static constexpr std::size_t most_body = 256 * 1024;
    bool looks_at_body() const { return body_.has_value(); }

    /// What is wrong with a response; nothing when it passes. Of several fields of one name each is looked at: one of
    /// them has to be equal or match, and none of them may where the test is negated.
    std::optional<std::string> complaint(const http::ResponseHead& head, std::string_view body) const;

 private:
    bool holds(std::size_t header, const http::Fields& fields) const;

    std::optional<config::Match> match_;
    std::vector<std::optional<config::Pattern>> headers_;  // of those that have one
    std::optional<config::Pattern> body_;
};

}  // namespace proxy::health
