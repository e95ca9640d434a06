// Reads --name=value.
#include "load/options.hpp"

#include <charconv>
#include <stdexcept>

namespace load {

Options::Options(int count, char** arguments) {
    for (int i = 1; i < count; ++i) {
        const std::string_view argument = arguments[i];
        const auto equals = argument.find('=');
        if (!argument.starts_with("--") || equals == std::string_view::npos)
            throw std::invalid_argument("not of the form --name=value: " + std::string(argument));
        values_[std::string(argument.substr(2, equals - 2))] = {std::string(argument.substr(equals + 1))};
    }
}

std::string Options::text(const std::string& name, std::string_view otherwise) {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::string(otherwise);
    found->second.used = true;
    return found->second.text;
}

double Options::number(const std::string& name, double otherwise) {
    const auto given = text(name, "");
    if (given.empty()) return otherwise;
    double value = 0;
    const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
    if (error != std::errc{} || end != given.data() + given.size() || value < 0)
        throw std::invalid_argument("--" + name + " is not a number: " + given);
    return value;
}

std::uint64_t Options::count(const std::string& name, std::uint64_t otherwise) {
    return static_cast<std::uint64_t>(number(name, static_cast<double>(otherwise)));
}

void Options::refuse_others() const {
    for (const auto& [name, value] : values_)
        if (!value.used) throw std::invalid_argument("unknown option --" + name);
}

}  // namespace load
