// Line and column of offsets in TOML text, and the nesting check.
#include "config/toml_text.hpp"

#include <algorithm>
#include <cctype>

namespace config {
namespace {

constexpr int max_depth = 32;
constexpr std::size_t max_line = 64 * 1024;

bool is_bare_key(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// The offset behind the string that begins at `at`; an unterminated one reaches to the end.
std::size_t skip_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const std::string_view triple = quote == '"' ? R"(""")" : "'''";
    const bool is_long = text.substr(at).starts_with(triple);
    at += is_long ? 3 : 1;
    while (at < text.size()) {
        if (quote == '"' && text[at] == '\\') {
            at += 2;
        } else if (is_long ? text.substr(at).starts_with(triple) : text[at] == quote) {
            return at + (is_long ? 3 : 1);
        } else if (!is_long && text[at] == '\n') {
            return at;
        } else {
            ++at;
        }
    }
    return text.size();
}

}  // namespace

TomlText::TomlText(std::string_view text, std::uint32_t file) : text_(text), file_(file), line_starts_{0} {
    columns_.reserve(text.size() + 1);
    std::uint32_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) ++column;
        columns_.push_back(std::max<std::uint32_t>(column, 1));
        if (text[i] != '\n') continue;
        line_starts_.push_back(i + 1);
        column = 0;
    }
    columns_.push_back(column + 1);
}

Span TomlText::span(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    return {file_, static_cast<std::uint32_t>(next - line_starts_.begin()), columns_[offset]};
}

std::size_t TomlText::line_start(std::size_t line) const {
    if (line == 0) return 0;
    return line_starts_[std::min(line, line_starts_.size()) - 1];
}

Span TomlText::key_span(std::string_view key, std::size_t value_offset) const {
    std::size_t at = std::min(value_offset, text_.size());
    while (at > 0 && is_blank(text_[at - 1])) --at;
    if (at == 0 || text_[at - 1] != '=') {
        const auto line = text_.substr(value_offset, text_.find('\n', value_offset) - value_offset);
        const auto found = line.rfind(key);
        return span(found == std::string_view::npos ? value_offset : value_offset + found);
    }
    --at;
    while (at > 0 && is_blank(text_[at - 1])) --at;
    if (at > 0 && (text_[at - 1] == '"' || text_[at - 1] == '\'')) {
        const auto open = at > 1 ? text_.rfind(text_[at - 1], at - 2) : std::string_view::npos;
        return span(open == std::string_view::npos ? value_offset : open);
    }
    while (at > 0 && is_bare_key(text_[at - 1])) --at;
    return span(at);
}

std::optional<std::size_t> find_too_deep(std::string_view text) {
    int depth = 0;
    int dots = 0;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '"' || c == '\'') {
            i = skip_string(text, i);
            continue;
        }
        if (c == '#') {
            i = std::min(text.find('\n', i), text.size());
            continue;
        }
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') depth = std::max(depth - 1, 0);
        if (c == '.') ++dots;
        if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{') dots = 0;
        if (depth > max_depth || dots > max_depth) return i;
        ++i;
    }
    return std::nullopt;
}

std::optional<std::size_t> find_long_line(std::string_view text) {
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        if (end - start > max_line) return start;
        start = end + 1;
    }
    return std::nullopt;
}

}  // namespace config
