// Which upstream a proxy_pass means: a block of that name, or a pool made for an address.
#pragma once

#include "config/model.hpp"
#include "config/units.hpp"

#include <string>
#include <string_view>

namespace config {

/// The upstream of this name (names have no case, as in nginx), or null.
const Upstream* find_upstream(const Model& model, std::string_view name);

struct ResolvedUpstream {
    std::string name;  ///< of an entry of Model::upstreams
    std::string host;  ///< $proxy_host
};

/// `http://` or `https://`: what it decides is the port of an address that has none.
enum class UpstreamScheme { http, https };

/// Finds the upstream block `host` names. Failing that, `host` is an address, and a pool of that one endpoint
/// is added to the model, named "HOST:PORT". A single word without a port is the name of a missing upstream
/// block, not a host: it is an error.
Result<ResolvedUpstream> resolve_upstream(const std::string& host, UpstreamScheme scheme, Model& model);

}  // namespace config
