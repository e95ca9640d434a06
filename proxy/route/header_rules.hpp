// The head of the request as the upstream gets it.
#pragma once

#include <string>
#include <vector>

#include "config/model.hpp"
#include "proxy/http/framing.hpp"
#include "proxy/http/response_head.hpp"
#include "proxy/route/request_view.hpp"

namespace proxy::route {

/// The header rules of a location, with those that proxy_forwarded adds where no rule names the same header.
std::vector<config::HeaderRule> effective_rules(const config::LocationSettings& settings);

/// What happens to the Upgrade and Connection headers of a request.
enum class UpgradeHeaders {
    by_rules,   ///< they are hop-by-hop and travel only where a rule says so
    websocket,  ///< Upgrade: websocket and Connection: upgrade are sent, and no rule about them applies
};

/// True when the rules make the request for the upstream one that asks for an upgrade.
bool rules_ask_for_upgrade(const RequestView& request, const std::vector<config::HeaderRule>& rules);

/// True when the rules tell the upstream to close the connection behind its response (RFC 9112, 9.6).
bool rules_ask_to_close(const RequestView& request, const std::vector<config::HeaderRule>& rules);

/// The request head for the upstream, ending in an empty line. Fields keep their names, case and order; a rule
/// replaces the first field of its name in place, or is added at the end; an empty value drops the field.
/// Persistence::close is told to an HTTP/1.1 upstream unless a rule speaks for Connection.
std::string upstream_head(const RequestView& request, const std::vector<config::HeaderRule>& rules,
                          std::string_view target, config::HttpVersion version, const http::Framing& framing,
                          UpgradeHeaders upgrade, http::Persistence persistence);

}  // namespace proxy::route
