// Values of the variables that a configuration may name, for one request.
#pragma once

#include <string>
#include <string_view>

#include "config/variable.hpp"
#include "proxy/route/request_view.hpp"

namespace proxy::route {

/// The text with every variable replaced. A variable that has no value gives nothing, as in nginx.
std::string expand(const config::Template& text, const RequestView& request);

/// The value of the cookie of that name (in any letter case, as in nginx) in the request.
std::string cookie(const RequestView& request, std::string_view name);

/// The host of "host:port" or "[::1]:port", without brackets.
std::string host_of(std::string_view host_and_port);

}  // namespace proxy::route
