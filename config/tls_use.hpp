// Where TLS is spoken to endpoints.
#pragma once

#include "config/model.hpp"

namespace config {

/// Whether requests of this location, or health checks that take its proxy_ssl_ settings, speak TLS. The upstreams of
/// the model have been read.
bool speaks_tls_to_endpoints(const Model& model, const LocationSettings& settings);

}  // namespace config
