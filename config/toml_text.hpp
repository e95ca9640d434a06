// Places in a TOML text, and a check that it is not nested too deeply to be parsed.
#pragma once

#include "config/node.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace config {

/// Turns byte offsets into lines and columns.
class TomlText {
  public:
    TomlText(std::string_view text, std::uint32_t file);

    std::string_view text() const { return text_; }
    std::uint32_t file() const { return file_; }
    Span span(std::size_t offset) const;

    /// Where `line` (1-based) begins.
    std::size_t line_start(std::size_t line) const;

    /// Where the key stands that the value at `value_offset` belongs to: before its `=`, or in the header
    /// `[table.key]` that begins at `value_offset`.
    Span key_span(std::string_view key, std::size_t value_offset) const;

  private:
    std::string_view text_;
    std::uint32_t file_;
    std::vector<std::size_t> line_starts_;
    std::vector<std::uint32_t>
        columns_;  // one for each byte: counting them anew for each value would be slow
};

/// The first place where arrays, inline tables or dotted keys are nested more than 32 deep. The parser is
/// recursive, so this is looked for before it runs.
std::optional<std::size_t> find_too_deep(std::string_view text);

/// The beginning of the first line of more than 64 KiB: the parser takes quadratic time over long lines.
std::optional<std::size_t> find_long_line(std::string_view text);

}  // namespace config
