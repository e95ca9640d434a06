// What a level came to, as the TLS part of a server and of a location.
#pragma once

#include "config/level.hpp"
#include "config/report.hpp"

namespace config {

/// The level's ssl_* settings; certificates and keys are paired in the order they are written, and those that
/// stay single are reported.
ServerTls finished_server_tls(const Level& level, Report& report);

/// The level's proxy_ssl_* settings if its proxy_pass is https or a health check uses them; any other level has none,
/// whatever was written there for the levels inside it. As in nginx a certificate without its key, and here also a key
/// without a certificate, is reported where it is used.
UpstreamTls finished_upstream_tls(const Level& level, const Model& model, Report& report);

}  // namespace config
