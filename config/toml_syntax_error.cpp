// Reads the places out of toml11's message, which is made for people.
#include "config/toml_syntax_error.hpp"

#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace config {
namespace {

struct SyntaxError {
    std::size_t line = 0;
    std::size_t column = 0;  // in bytes
    std::string detail;
};

// The places toml11 shows in its message: " 3 | the line" and below it "   |    ^--- detail". Its exception's
// own location is often that of the beginning of the table.
std::vector<SyntaxError> places_in(const std::string& message) {
    std::vector<SyntaxError> places;
    std::istringstream lines(message);
    std::string line;
    std::size_t number = 0;
    while (std::getline(lines, line)) {
        const auto bar = line.find(" | ");
        if (bar == std::string::npos) continue;
        const std::string before = line.substr(0, bar);
        const auto digit = before.find_first_not_of(' ');
        if (digit != std::string::npos) {
            number = before.find_first_not_of("0123456789", digit) == std::string::npos && before.size() < 10
                         ? std::stoul(before)
                         : 0;
            continue;
        }
        const auto mark = line.find_first_not_of(' ', bar + 3);
        if (number == 0 || mark == std::string::npos || (line[mark] != '^' && line[mark] != '~')) continue;
        const auto detail = line.find_first_not_of("^-~ ", mark);
        places.push_back({number, mark - (bar + 3), detail == std::string::npos ? "" : line.substr(detail)});
        number = 0;
    }
    return places;
}

// "[error] toml::parse_table: invalid line format" -> "invalid line format"
std::string first_line(const std::string& message) {
    std::string line = message.substr(0, message.find('\n'));
    for (const std::string_view prefix : {"[error] ", "toml::"}) {
        if (line.starts_with(prefix)) line.erase(0, prefix.size());
    }
    const auto colon = line.find(": ");
    if (colon != std::string::npos && line.find_first_of(" \"") > colon) line.erase(0, colon + 2);
    while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
    return line;
}

}  // namespace

void report_toml_syntax_error(const std::string& message, const TomlText& text, Report& report) {
    const auto places = places_in(message);
    Problem problem{"TOML: " + first_line(message), ""};
    if (places.empty()) return report.error({text.file(), 0, 0}, std::move(problem));
    // Of two places the first is the earlier definition, the last is what is wrong.
    const auto& place = places.back();
    problem.hint = place.detail;
    if (places.front().line != place.line)
        problem.hint += "; the first one is on line " + std::to_string(places.front().line);
    report.error(text.span(text.line_start(place.line) + place.column), std::move(problem));
}

}  // namespace config
