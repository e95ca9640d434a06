// The one table from a failure to what follows from it: status for the client, retry, level in the log.
#pragma once

#include "config/model.hpp"
#include "net/failure.hpp"

namespace proxy::http {

/// nginx's status for a request whose client went away; it only stands in the log.
inline constexpr unsigned client_closed_request = 499;

enum class Retry {
    never,
    next_endpoint,  ///< nothing of the request has been sent: another endpoint may have it
};

struct Verdict {
    unsigned status;
    Retry retry = Retry::never;
    config::LogLevel level = config::LogLevel::info;
};

Verdict judge(const net::Failure& failure);

}  // namespace proxy::http
