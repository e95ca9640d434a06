// From the health checks of a configuration to what their probes need.
#pragma once

#include <string>
#include <vector>

#include "config/model.hpp"
#include "proxy/health/probe.hpp"
#include "proxy/route/tls_setup.hpp"

namespace proxy::health {

/// One for each check of a pool: those of the upstream itself first, then those of locations that pass to it. A
/// check speaks TLS and the PROXY protocol as its location does, and comes from its proxy_bind; a check of the upstream
/// does as the first location that passes to it. On a port of its own it announces no one. A proxy_ssl_name with
/// variables in it has no value without a request: the host of proxy_pass stands in for it.
std::vector<ProbePlan> probe_plans(const config::Model& model, const config::Upstream& upstream,
                                   const route::TlsSetup& tls);

}  // namespace proxy::health
