// Parses and prints durations, sizes and counts.
#include "config/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::int64_t second = 1000;
constexpr std::int64_t day = 24 * 3600 * second;
constexpr std::int64_t longest = 100 * 365 * day;

// In the order they may appear. "ms" stands before "m" would match it: longest match decides.
constexpr std::array<Unit, 8> units{{{"y", 365 * day},
                                     {"M", 30 * day},
                                     {"w", 7 * day},
                                     {"d", day},
                                     {"h", 3600 * second},
                                     {"m", 60 * second},
                                     {"s", second},
                                     {"ms", 1}}};

// Takes digits from the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

// Takes the unit that must stand at or behind `first` in the table; no unit at the end means seconds.
std::optional<std::size_t> take_unit(std::string_view& text, std::size_t first) {
    std::string_view name = text.substr(0, text.find_first_of(" 0123456789"));
    if (name.empty() && text.empty()) name = "s";
    for (std::size_t i = first; i < units.size(); ++i) {
        if (units[i].name != name) continue;
        text.remove_prefix(std::min(name.size(), text.size()));
        return i;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    std::int64_t total = 0;
    std::size_t first_unit = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const auto number = take_number(text);
        if (!number) return std::nullopt;
        const auto unit = take_unit(text, first_unit);
        if (!unit) return std::nullopt;
        const auto length = units[*unit].milliseconds;
        if (*number > static_cast<std::uint64_t>((longest - total) / length)) return std::nullopt;
        total += static_cast<std::int64_t>(*number) * length;
        first_unit = *unit + 1;
        if (text.starts_with(' ')) {
            text.remove_prefix(1);
            if (text.empty()) return std::nullopt;
        }
    }
    return Duration{total};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    const auto number = take_number(text);
    if (!number || text.size() > 1) return std::nullopt;
    unsigned shift = 0;
    if (!text.empty()) {
        switch (text.front()) {
            case 'k':
            case 'K': shift = 10; break;
            case 'm':
            case 'M': shift = 20; break;
            case 'g':
            case 'G': shift = 30; break;
            default: return std::nullopt;
        }
    }
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (*number > (largest >> shift)) return std::nullopt;
    return *number << shift;
}

std::optional<unsigned> parse_count(std::string_view text, unsigned max) {
    const auto number = take_number(text);
    if (!number || !text.empty() || *number > max) return std::nullopt;
    return static_cast<unsigned>(*number);
}

std::string duration_text(Duration duration) {
    const std::int64_t total = duration.count();
    constexpr std::array<Unit, 4> printed{
        {{"d", day}, {"h", 3600 * second}, {"m", 60 * second}, {"s", second}}};
    if (total == 0) return "0s";
    for (const auto& unit : printed) {
        // Below two of a unit the smaller one reads better: 90s is 90s, and 60s stays 60s.
        if (total % unit.milliseconds == 0 && (total / unit.milliseconds >= 2 || unit.name != "m")) {
            return std::to_string(total / unit.milliseconds) + std::string(unit.name);
        }
    }
    return std::to_string(total) + "ms";
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::uint64_t kibi = 1024;
    if (bytes != 0 && bytes % (kibi * kibi * kibi) == 0) return std::to_string(bytes >> 30U) + "g";
    if (bytes != 0 && bytes % (kibi * kibi) == 0) return std::to_string(bytes >> 20U) + "m";
    if (bytes != 0 && bytes % kibi == 0) return std::to_string(bytes >> 10U) + "k";
    return std::to_string(bytes);
}

}  // namespace config
