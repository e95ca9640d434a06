// Renders a diagnostic for a terminal: message, source line, caret, hint, include chain.
#include "config/diagnostic.hpp"

#include <algorithm>
#include <string_view>

namespace config {
namespace {

constexpr std::size_t max_shown = 120;  // characters of the source line
constexpr std::size_t lead = 60;        // of them before the caret, when the line has to be cut

// One entry for each character (UTF-8 sequence), so that columns count what a reader sees.
std::vector<std::string> characters(std::string_view text) {
    std::vector<std::string> result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) == 0x80U && !result.empty()) {
            result.back() += c;
        } else if ((byte < 0x20 && c != '\t') || byte == 0x7F) {
            result.emplace_back("?");
        } else {
            result.emplace_back(1, c);
        }
    }
    return result;
}

// The line and, below it, a caret under `column`. Tabs stay tabs in both, so they line up at any tab width.
std::string line_with_caret(std::string_view line, std::size_t column) {
    const auto shown = characters(line);
    const std::size_t caret = std::min(column == 0 ? 0 : column - 1, shown.size());
    std::size_t first = 0;
    std::size_t last = shown.size();
    if (shown.size() > max_shown) {
        first = caret > lead ? caret - lead : 0;
        last = std::min(first + max_shown, shown.size());
    }
    std::string text = first > 0 ? "..." : "";
    std::string below(text.size(), ' ');
    for (std::size_t i = first; i < last; ++i) {
        text += shown[i];
        if (i < caret) below += shown[i] == "\t" ? '\t' : ' ';
    }
    if (last < shown.size()) text += "...";
    return text + '\n' + below + '^';
}

std::string printable(std::string_view text) {
    std::string result;
    for (const auto& character : characters(text)) result += character == "\t" ? " " : character;
    return result;
}

}  // namespace

std::string render(const Diagnostic& diagnostic) {
    std::string out = diagnostic.file;
    if (diagnostic.line > 0) {
        out += ':' + std::to_string(diagnostic.line) + ':' + std::to_string(diagnostic.column);
    }
    out += diagnostic.severity == Diagnostic::Severity::error ? ": error: " : ": warning: ";
    out += printable(diagnostic.message);
    if (diagnostic.line > 0 && !diagnostic.source_line.empty()) {
        out += '\n' + line_with_caret(diagnostic.source_line, diagnostic.column);
    }
    if (!diagnostic.hint.empty()) out += "\nhint: " + printable(diagnostic.hint);
    for (const auto& place : diagnostic.include_chain) out += "\nincluded from " + place;
    return out;
}

}  // namespace config
