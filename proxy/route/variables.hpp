// Values of the variables that a configuration may name, for one request.
#pragma once

#include <string>

#include "config/variable.hpp"
#include "proxy/route/request_view.hpp"

namespace proxy::route {

/// The text with every variable replaced. A variable that has no value gives nothing, as in nginx.
std::string expand(const config::Template& text, const RequestView& request);

}  // namespace proxy::route
