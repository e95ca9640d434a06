// The effective model as TOML text that loads again to the same model (--print-config).
#pragma once

#include <string>

#include "config/model.hpp"

namespace config {

std::string print_toml(const Model& model);

}  // namespace config
