// The error log's line about an endpoint that requests or tunnels have taken out.
#pragma once

#include <cstdint>
#include <string_view>

#include "upstream/endpoint.hpp"

namespace proxy::observe {

/// Writes down what has come of a failure (nginx: "upstream server temporarily disabled"), where anything has.
/// `deed` says what the endpoint has done, if that is not in the log already: "has reset a tunnel at once".
void log_outage(const upstream::Endpoint& endpoint, upstream::Endpoint::Consequence consequence,
                std::uint64_t connection, std::string_view deed = {});

}  // namespace proxy::observe
