// Finds the upstream behind a proxy_pass, or makes one for an address.
#include "config/upstream_names.hpp"

#include "config/did_you_mean.hpp"
#include "config/letter_case.hpp"

#include <algorithm>
#include <vector>

namespace config {
namespace {

std::string prefix_of(UpstreamScheme scheme) {
    return scheme == UpstreamScheme::https ? "https://" : "http://";
}

std::uint16_t default_port(UpstreamScheme scheme) {
    return scheme == UpstreamScheme::https ? default_https_port : default_http_port;
}

bool is_single_word(const std::string& host) {
    return host.find_first_of(".:[") == std::string::npos && !same_name(host, "localhost");
}

// $proxy_host follows from the name and the scheme: nginx leaves the default port out of an address, and has
// "localhost" for a unix socket.
std::string proxy_host(const std::string& name, UpstreamScheme scheme) {
    const auto address = parse_address(name);
    const bool is_address = address && !is_single_word(name) && to_string(*address) == name;
    if (!is_address) return name;
    const auto* tcp = std::get_if<TcpAddress>(&*address);
    if (!tcp) return "localhost";
    return tcp->port == default_port(scheme) ? name.substr(0, name.rfind(':')) : name;
}

Problem missing_upstream(const std::string& host, UpstreamScheme scheme, const Model& model) {
    std::vector<std::string_view> names;
    for (const auto& upstream : model.upstreams) names.push_back(upstream.name);
    std::string hint = did_you_mean(host, names);
    if (hint.empty()) {
        hint = "if it is the name of a host, write its port: " + prefix_of(scheme) + host + ':' +
               std::to_string(default_port(scheme));
    }
    return {"there is no upstream \"" + host + "\"", std::move(hint)};
}

}  // namespace

const Upstream* find_upstream(const Model& model, std::string_view name) {
    const auto found = std::find_if(model.upstreams.begin(), model.upstreams.end(),
                                    [name](const Upstream& u) { return same_name(u.name, name); });
    return found == model.upstreams.end() ? nullptr : &*found;
}

Result<ResolvedUpstream> resolve_upstream(const std::string& host, UpstreamScheme scheme, Model& model) {
    if (host.empty())
        return Problem{"no host in the URL",
                       "write " + prefix_of(scheme) + "NAME or " + prefix_of(scheme) + "ADDRESS:PORT"};
    auto address = parse_address(host, default_port(scheme));
    if (const auto* block = find_upstream(model, host)) {
        return ResolvedUpstream{block->name, proxy_host(block->name, scheme)};
    }
    if (!address) return address.error();
    if (is_single_word(host)) return missing_upstream(host, scheme, model);
    const auto colon = host.rfind(':');
    if (colon != std::string::npos && !host.starts_with('[') && find_upstream(model, host.substr(0, colon))) {
        return Problem{"the upstream \"" + host.substr(0, colon) + "\" cannot have a port here",
                       "the ports stand in its server lines"};
    }
    const std::string name = to_string(*address);
    if (const auto* pool = find_upstream(model, name)) {
        return ResolvedUpstream{pool->name, proxy_host(pool->name, scheme)};
    }
    Endpoint endpoint;
    endpoint.address = std::move(*address);
    endpoint.name = name;
    model.upstreams.push_back({name, {std::move(endpoint)}});
    return ResolvedUpstream{name, proxy_host(name, scheme)};
}

}  // namespace config
