// nginx syntax -> nodes, with the files of `include` read in place.
#pragma once

#include "config/node.hpp"
#include "config/report.hpp"
#include "config/source_reader.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace config {

/// Parses a file that is already in the report. Include patterns are relative to `directory`, that of the
/// main file. Everything wrong is reported; what could be understood is returned.
std::vector<Node> parse_nginx(std::uint32_t file, const std::string& directory, Report& report,
                              SourceReader& reader);

}  // namespace config
