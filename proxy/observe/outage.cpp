// Wording of outages.
#include "proxy/observe/outage.hpp"

#include <string>

#include "proxy/observe/error_log.hpp"

namespace proxy::observe {

void log_outage(const upstream::Endpoint& endpoint, upstream::Endpoint::Consequence consequence,
                std::uint64_t connection, std::string_view deed) {
    using Consequence = upstream::Endpoint::Consequence;
    if (consequence == Consequence::none) return;
    std::string text = "upstream server temporarily disabled";
    if (consequence == Consequence::spared) text += ", or would be but for max_ejected";
    text += ": endpoint " + endpoint.name() + " of upstream \"" + endpoint.pool_name() + '"';
    if (!deed.empty()) text += ' ' + std::string(deed);
    log(config::LogLevel::warn, connection, text);
}

}  // namespace proxy::observe
