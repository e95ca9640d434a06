// Defaults that depend on the syntax a file is written in.
#include "config/syntax_defaults.hpp"

namespace config {
namespace {

Template only(Variable variable) {
    return {{{variable, {}}}};
}

}  // namespace

Level outermost_level(Syntax syntax) {
    Level level;
    if (syntax == Syntax::toml) {
        level.settings.proxy_websocket = WebSocketMode::native;
        level.settings.proxy_forwarded = true;
        level.settings.proxy_ssl.verify = true;
        level.settings.proxy_ssl.server_name = true;
    }
    return level;
}

const std::vector<HeaderRule>& default_header_rules(Syntax syntax) {
    static const std::vector<HeaderRule> nginx = {{"Host", only(Variable::proxy_host)}};
    static const std::vector<HeaderRule> toml = {{"Host", Template{{{Variable::http_, "host"}}}}};
    return syntax == Syntax::nginx ? nginx : toml;
}

Duration default_tunnel_idle_timeout(Syntax syntax, const LocationSettings& settings) {
    return syntax == Syntax::nginx ? settings.proxy_read_timeout : LocationSettings{}.tunnel_idle_timeout;
}

}  // namespace config
