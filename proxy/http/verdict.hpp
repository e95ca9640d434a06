// The one table from a failure to what follows from it: status for the client, retry, health, level in the log.
#pragma once

#include <optional>

#include "config/model.hpp"
#include "net/failure.hpp"

namespace proxy::http {

/// nginx's status for a request whose client went away; it only stands in the log.
inline constexpr unsigned client_closed_request = 499;

/// Whether it counts for max_fails of the endpoint it was met with (nginx: proxy_next_upstream).
enum class Blame { none, endpoint };

struct Verdict {
    unsigned status;
    /// The condition of proxy_next_upstream under which another endpoint may have the request; nothing: none may.
    std::optional<config::RetryCause> retry{};
    Blame blame = Blame::none;
    config::LogLevel level = config::LogLevel::info;
};

Verdict judge(const net::Failure& failure);

}  // namespace proxy::http
