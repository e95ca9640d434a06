// Prints what an upstream block says beside its servers, and the parameters of these.
#pragma once

#include "config/model.hpp"
#include "config/tls_printer.hpp"

#include <string>
#include <vector>

namespace config {

/// The settings of the block that differ from their defaults, its servers apart.
std::vector<PrintedSetting> upstream_settings(const Upstream& upstream);

/// One element of the list `servers`.
std::string text_of(const Endpoint& endpoint);

}  // namespace config
