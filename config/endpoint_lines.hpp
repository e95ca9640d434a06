// The file behind `endpoints_file`: one endpoint on each line.
#pragma once

#include "config/diagnostic.hpp"
#include "config/model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace config {

struct EndpointLines {
    std::optional<std::vector<Endpoint>> endpoints;  ///< nothing exactly when there is an error
    std::vector<Diagnostic> diagnostics;
};

/// Reads the endpoints of a file for a pool with these settings. A line holds what stands behind `server` in
/// nginx syntax; `#` begins a comment, and unix paths are relative to the file. A file without endpoints is
/// an error, for it may be half written.
EndpointLines load_endpoint_lines(const std::string& path, const Upstream& settings);

/// The same for a text that is already in memory; `path` is its name.
EndpointLines parse_endpoint_lines(const std::string& path, std::string text, const Upstream& settings);

}  // namespace config
