// The rows of the directive table that are about the health of endpoints; directives.cpp puts them with the others.
#pragma once

#include "config/directive.hpp"

#include <vector>

namespace config {

/// health_check, match with its lines, and the directives of an upstream about unhealthy endpoints.
std::vector<Directive> health_rows();

}  // namespace config
