// Finds the upstream behind a proxy_pass, or makes one for an address.
#include "config/upstream_names.hpp"

#include "config/did_you_mean.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace config {
namespace {

bool same_name(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

bool is_single_word(const std::string& host) {
    return host.find_first_of(".:[") == std::string::npos && !same_name(host, "localhost");
}

// $proxy_host follows from the name alone: nginx leaves the default port out of an address, and has
// "localhost" for a unix socket.
std::string proxy_host(const std::string& name) {
    const auto address = parse_address(name);
    const bool is_address = address && !is_single_word(name) && to_string(*address) == name;
    if (!is_address) return name;
    const auto* tcp = std::get_if<TcpAddress>(&*address);
    if (!tcp) return "localhost";
    return tcp->port == default_http_port ? name.substr(0, name.rfind(':')) : name;
}

Problem missing_upstream(const std::string& host, const Model& model) {
    std::vector<std::string_view> names;
    for (const auto& upstream : model.upstreams) names.push_back(upstream.name);
    std::string hint = did_you_mean(host, names);
    if (hint.empty()) hint = "if it is the name of a host, write its port: http://" + host + ":80";
    return {"there is no upstream \"" + host + "\"", std::move(hint)};
}

}  // namespace

const Upstream* find_upstream(const Model& model, std::string_view name) {
    const auto found = std::find_if(model.upstreams.begin(), model.upstreams.end(),
                                    [name](const Upstream& u) { return same_name(u.name, name); });
    return found == model.upstreams.end() ? nullptr : &*found;
}

Result<ResolvedUpstream> resolve_upstream(const std::string& host, Model& model) {
    if (host.empty()) return Problem{"no host in the URL", "write http://NAME or http://ADDRESS:PORT"};
    auto address = parse_address(host);
    if (const auto* block = find_upstream(model, host)) {
        return ResolvedUpstream{block->name, proxy_host(block->name)};
    }
    if (!address) return address.error();
    if (is_single_word(host)) return missing_upstream(host, model);
    const auto colon = host.rfind(':');
    if (colon != std::string::npos && !host.starts_with('[') && find_upstream(model, host.substr(0, colon))) {
        return Problem{"the upstream \"" + host.substr(0, colon) + "\" cannot have a port here",
                       "the ports stand in its server lines"};
    }
    const std::string name = to_string(*address);
    if (const auto* pool = find_upstream(model, name)) {
        return ResolvedUpstream{pool->name, proxy_host(pool->name)};
    }
    Endpoint endpoint;
    endpoint.address = std::move(*address);
    model.upstreams.push_back({name, {std::move(endpoint)}});
    return ResolvedUpstream{name, proxy_host(name)};
}

}  // namespace config
