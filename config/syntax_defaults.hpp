// The one place for what differs between an nginx file and a TOML file: a few defaults.
#pragma once

#include "config/directive.hpp"

#include <vector>

namespace config {

/// What the outermost level of a file begins with. nginx: an upgrade needs header rules, as in nginx itself;
/// TOML: WebSocket and the X-Forwarded headers work without being asked for, and an https upstream is sent
/// the name it goes by and has to prove it.
Level outermost_level(Syntax syntax);

/// The header rules in force unless a rule of the same name (names have no case) is written.
/// nginx: `Host $proxy_host`; TOML: `Host $http_host`.
const std::vector<HeaderRule>& default_header_rules(Syntax syntax);

/// `tunnel_idle_timeout` where it is not set. nginx: the proxy_read_timeout, which is what ends a tunnel
/// there; TOML: that of the model.
Duration default_tunnel_idle_timeout(Syntax syntax, const LocationSettings& settings);

}  // namespace config
