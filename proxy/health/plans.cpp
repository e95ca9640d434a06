// Finding the location whose way to the endpoints a check takes.
#include "proxy/health/plans.hpp"

#include <algorithm>

#include "proxy/route/router.hpp"
#include "proxy/route/variables.hpp"

namespace proxy::health {

namespace {

using Locations = std::vector<const config::LocationSettings*>;

Locations locations_to(const config::Model& model, const std::string& upstream) {
    Locations found;
    for (const config::Server& server : model.servers)
        for (const config::Location& location : server.locations)
            if (location.settings.proxy_pass && location.settings.proxy_pass->upstream == upstream)
                found.push_back(&location.settings);
    return found;
}

std::string tls_name(const config::LocationSettings& location) {
    std::string name;
    for (const config::Template::Part& part : location.proxy_ssl.name.parts) {
        if (part.variable) return route::host_of(location.proxy_pass->host);
        name += part.text;
    }
    return name.empty() ? route::host_of(location.proxy_pass->host) : name;
}

ProbePlan plan_of(const config::Model& model, const config::HealthCheck& check) {
    ProbePlan plan{check, check.host};
    const auto match = std::find_if(model.matches.begin(), model.matches.end(),
                                    [&](const config::Match& entry) { return entry.name == check.match; });
    if (match != model.matches.end()) plan.test = ResponseMatch(*match);
    if (!check.expect.empty())
        if (const auto pattern = config::Pattern::compile(check.expect)) plan.expected = *pattern;
    return plan;
}

void go_like(const config::LocationSettings& location, const route::TlsSetup& tls, ProbePlan& plan) {
    if (plan.host.empty()) plan.host = location.proxy_pass->host;
    plan.sources = route::source_addresses(location);
    if (!plan.check.port) plan.proxy_protocol = location.proxy_protocol;
    using Tls = config::HealthCheck::Tls;
    const bool speaks_tls =
        plan.check.tls == Tls::always || (plan.check.tls == Tls::as_location && location.proxy_pass->tls);
    if (!speaks_tls) return;
    plan.tls = tls.client(location.proxy_ssl);
    if (plan.tls) plan.tls_name = tls_name(location);
}

}  // namespace

std::vector<ProbePlan> probe_plans(const config::Model& model, const config::Upstream& upstream,
                                   const route::TlsSetup& tls) {
    const Locations locations = locations_to(model, upstream.name);
    std::vector<ProbePlan> plans;
    for (const config::HealthCheck& check : upstream.health.checks) {
        plans.push_back(plan_of(model, check));
        if (!locations.empty()) go_like(*locations.front(), tls, plans.back());
        if (plans.back().host.empty()) plans.back().host = upstream.name;
    }
    for (const config::LocationSettings* location : locations)
        for (const config::HealthCheck& check : location->health_checks) {
            plans.push_back(plan_of(model, check));
            go_like(*location, tls, plans.back());
        }
    return plans;
}

}  // namespace proxy::health
