// Looks through proxy_pass and the health checks.
#include "config/tls_use.hpp"

#include <algorithm>

namespace config {
namespace {

bool one_speaks_tls(const std::vector<HealthCheck>& checks) {
    return std::any_of(checks.begin(), checks.end(),
                       [](const HealthCheck& check) { return check.tls == HealthCheck::Tls::always; });
}

}  // namespace

bool speaks_tls_to_endpoints(const Model& model, const LocationSettings& settings) {
    if (!settings.proxy_pass) return false;
    if (settings.proxy_pass->tls || one_speaks_tls(settings.health_checks)) return true;
    return std::any_of(model.upstreams.begin(), model.upstreams.end(), [&](const Upstream& upstream) {
        return upstream.name == settings.proxy_pass->upstream && one_speaks_tls(upstream.health.checks);
    });
}

}  // namespace config
