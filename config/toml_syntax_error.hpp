// What toml11 says of a text that is no TOML, as a diagnostic of ours.
#pragma once

#include "config/report.hpp"
#include "config/toml_text.hpp"

#include <string>

namespace config {

/// Reports the `message` of toml11's exception, at the place in `text` that the message shows.
void report_toml_syntax_error(const std::string& message, const TomlText& text, Report& report);

}  // namespace config
