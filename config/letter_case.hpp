// Names whose letters have no case: of hosts, headers, upstreams. ASCII only, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace config {

/// `text` with a to z for A to Z.
std::string lower(std::string_view text);

/// Whether the two are one name.
bool same_name(std::string_view left, std::string_view right);

}  // namespace config
