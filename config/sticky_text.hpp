// `sticky` as TOML.
#pragma once

#include "config/sticky.hpp"

#include <string>

namespace config {

/// The value behind `sticky =`; nothing for NotSticky.
std::string text_of(const Sticky& sticky);

}  // namespace config
