// Prints what a configuration says about the health of endpoints.
#pragma once

#include "config/health.hpp"
#include "config/tls_printer.hpp"

#include <vector>

namespace config {

/// The health directives of an upstream that differ from their defaults.
std::vector<PrintedSetting> health_settings(const Health& health);

/// `health_check` of a location; nothing where there is none.
std::vector<PrintedSetting> health_check_settings(const std::vector<HealthCheck>& checks);

/// The lines of a match block.
std::vector<PrintedSetting> match_settings(const Match& match);

}  // namespace config
