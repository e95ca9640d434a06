// The effective model as TOML text that loads again to the same model (--print-config).
#pragma once

#include "config/model.hpp"

#include <string>

namespace config {

std::string print_toml(const Model& model);

}  // namespace config
