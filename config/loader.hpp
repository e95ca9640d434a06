// The way into this room: a file name in, one validated model or a list of diagnostics out.
#pragma once

#include "config/diagnostic.hpp"
#include "config/model.hpp"

#include <memory>
#include <string>
#include <vector>

namespace config {

/// Whether a configuration may name further files.
enum class Includes { read, refuse };

struct LoadOptions {
    std::string prefix;  ///< -p: relative paths of logs, pid and sockets start here; empty: working directory
    std::string globals;  ///< -g: directives of the main context in nginx syntax, "pid x.pid; daemon off;"
    Includes includes = Includes::read;  ///< refuse: an include is an error
    bool to_run = false;  ///< it is to serve, not only to be understood: a configuration without a server is an error
};

struct Loaded {
    std::shared_ptr<const Model> model;   ///< null exactly when there is at least one error
    std::vector<Diagnostic> diagnostics;  ///< errors and warnings in source order
    std::vector<SourceFile> sources;      ///< every file read, in reading order (for -T)
};

/// Reads a configuration: `.toml` is TOML, anything else nginx syntax. Never throws for bad input.
Loaded load(const std::string& path, const LoadOptions& options);

/// The same for text already in memory; `name` takes the place of the path, includes are relative to it.
Loaded load_text(const std::string& name, std::string text, const LoadOptions& options);

}  // namespace config
