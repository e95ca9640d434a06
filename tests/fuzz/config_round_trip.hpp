// What both configuration fuzz targets check: whatever is read has a model that survives printing and
// reading.
#pragma once

#include "config/loader.hpp"
#include "config/printer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace config_fuzz {

/// Loads the bytes under `name`, renders every diagnostic, and aborts if there is neither a model nor an
/// error, or if the printed model does not give the same model again.
inline void check(const std::string& name, const std::uint8_t* data, std::size_t size) {
    config::LoadOptions options;
    options.prefix = "/prefix";
    options.includes = config::Includes::refuse;
    const auto loaded =
        config::load_text(name, std::string(reinterpret_cast<const char*>(data), size), options);
    for (const auto& diagnostic : loaded.diagnostics) render(diagnostic);
    if (!loaded.model) {
        if (loaded.diagnostics.empty()) std::abort();
        return;
    }
    const std::string text = config::print_toml(*loaded.model);
    const auto again = config::load_text("printed.toml", text, options);
    if (again.model && *again.model == *loaded.model) return;
    std::fputs(text.c_str(), stderr);
    for (const auto& diagnostic : again.diagnostics) std::fputs((render(diagnostic) + '\n').c_str(), stderr);
    std::abort();
}

}  // namespace config_fuzz
