// The nearest known name to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace config {

/// `did you mean "NAME"?` for the candidate nearest to `word` by edit distance (insertion, deletion,
/// substitution, swap of neighbours), or nothing when none is near enough to be what was meant.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

/// The distance itself.
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace config
