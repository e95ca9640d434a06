// TOML -> nodes.
#pragma once

#include "config/node.hpp"
#include "config/report.hpp"
#include "config/source_reader.hpp"

#include <cstdint>
#include <vector>

namespace config {

/// Reads a file that is already in the report; the directive table says how each key is written. Patterns of
/// the top-level key `include` are relative to the directory of the file they stand in. Everything wrong is
/// reported; of a file with a syntax error nothing is returned.
std::vector<Node> read_toml(std::uint32_t file, Report& report, SourceReader& reader);

}  // namespace config
