// The rows of the directive table that are about TLS; directives.cpp puts them with the others.
#pragma once

#include "config/directive.hpp"

#include <vector>

namespace config {

/// ssl_*: towards clients.
std::vector<Directive> tls_rows();

/// proxy_ssl_*: towards upstreams.
std::vector<Directive> proxy_tls_rows();

}  // namespace config
