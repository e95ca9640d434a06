// The step from one level to the level inside it.
#include "config/level.hpp"

namespace config {

Level Level::inner() const {
    Level level = *this;
    level.header_rules.enter_inner_level();
    level.certificates.enter_inner_level();
    level.certificate_keys.enter_inner_level();
    level.tls_commands.enter_inner_level();
    level.session_ticket_keys.enter_inner_level();
    level.proxy_tls_commands.enter_inner_level();
    level.access_log_origin = Origin::inherited;
    if (access_log_off) level.settings.access_log.clear();
    level.access_log_off = false;
    // What a level keeps to itself.
    level.settings.proxy_pass.reset();
    level.settings.health_checks.clear();
    level.settings.metrics = false;
    return level;
}

}  // namespace config
