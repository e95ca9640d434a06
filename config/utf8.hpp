// Whether bytes are UTF-8.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace config {

/// RFC 3629: shortest form only, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// Where the first sequence stands that is none.
std::optional<std::size_t> find_not_utf8(std::string_view text);

}  // namespace config
