// Reads typed values out of arguments and words the messages for those that are not what they should be.
#include "config/arguments.hpp"

#include "config/did_you_mean.hpp"
#include "config/pattern.hpp"
#include "config/units.hpp"

namespace config {
namespace {

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

}  // namespace

std::optional<Duration> read_duration(const Argument& argument, Report& report) {
    auto value = parse_duration(argument.text);
    if (!value) {
        report.error(argument.span, "invalid time " + in_quotes(argument.text),
                     "write 10s, 500ms, 1h30m or a number of seconds, at most 100y");
    }
    return value;
}

std::optional<std::uint64_t> read_size(const Argument& argument, Report& report) {
    auto value = parse_size(argument.text);
    if (!value) {
        report.error(argument.span, "invalid size " + in_quotes(argument.text),
                     "write 8k, 1m, 2g or a number of bytes");
    }
    return value;
}

std::optional<bool> read_switch(const Argument& argument, Report& report) {
    if (argument.text == "on") return true;
    if (argument.text == "off") return false;
    report.error(argument.span, "invalid value " + in_quotes(argument.text),
                 "it is either \"on\" or \"off\"");
    return std::nullopt;
}

std::optional<unsigned> read_count(const Argument& argument, unsigned min, unsigned max, Report& report) {
    const auto value = parse_count(argument.text, max);
    if (value && *value >= min) return value;
    report.error(argument.span, "invalid number " + in_quotes(argument.text),
                 "it is a number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
}

std::optional<std::string> read_pattern(const Argument& argument, Report& report) {
    if (auto compiled = Pattern::compile(argument.text); !compiled) {
        report.error(argument.span, compiled.error());
        return std::nullopt;
    }
    return argument.text;
}

std::optional<Argument> value_of(const Argument& argument, std::string_view name) {
    const std::string_view text = argument.text;
    if (!text.starts_with(name) || text.substr(name.size(), 1) != "=") return std::nullopt;
    return Argument{std::string(text.substr(name.size() + 1)), argument.span};
}

std::optional<std::size_t> read_word(const Argument& argument, const std::vector<std::string_view>& words,
                                     Report& report) {
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (argument.text == words[i]) return i;
        list += (i == 0 ? "" : ", ") + std::string(words[i]);
    }
    const auto guess = did_you_mean(argument.text, words);
    report.error(argument.span, "invalid value " + in_quotes(argument.text),
                 guess.empty() ? "it is one of " + list : guess);
    return std::nullopt;
}

void report_unknown_parameter(const Argument& argument, const std::vector<Parameter>& known, Report& report) {
    std::vector<std::string_view> names;
    for (const auto& parameter : known) names.push_back(parameter.name);
    const auto name = std::string_view(argument.text).substr(0, argument.text.find('='));
    std::string hint = did_you_mean(name, names);
    for (const auto& parameter : known) {
        if (parameter.name != name) continue;
        hint = parameter.form == Parameter::Form::flag ? "it takes no value"
                                                       : "write " + std::string(name) + "=...";
    }
    report.error(argument.span, "unknown or unsupported parameter " + in_quotes(argument.text),
                 std::move(hint));
}

const std::vector<Parameter>& listen_parameters() {
    using Form = Parameter::Form;
    static const std::vector<Parameter> parameters = {{"default_server", Form::flag},
                                                      {"ssl", Form::flag},
                                                      {"backlog", Form::value},
                                                      {"ipv6only", Form::on_off},
                                                      {"reuseport", Form::flag}};
    return parameters;
}

const std::vector<Parameter>& endpoint_parameters() {
    using Form = Parameter::Form;
    static const std::vector<Parameter> parameters = {{"weight", Form::value},
                                                      {"max_conns", Form::value},
                                                      {"max_fails", Form::value},
                                                      {"fail_timeout", Form::value},
                                                      {"slow_start", Form::value},
                                                      {"backup", Form::flag},
                                                      {"down", Form::flag},
                                                      {"drain", Form::flag},
                                                      {"route", Form::value},
                                                      {"resolve", Form::flag},
                                                      {"service", Form::value}};
    return parameters;
}

const std::vector<Parameter>& resolver_parameters() {
    using Form = Parameter::Form;
    static const std::vector<Parameter> parameters = {
        {"valid", Form::value}, {"ipv4", Form::on_off}, {"ipv6", Form::on_off}, {"status_zone", Form::value}};
    return parameters;
}

const std::vector<Parameter>& hash_parameters() {
    using Form = Parameter::Form;
    static const std::vector<Parameter> parameters = {{"consistent", Form::flag}, {"bounded_load", Form::value}};
    return parameters;
}

const std::vector<Parameter>& queue_parameters() {
    static const std::vector<Parameter> parameters = {{"timeout", Parameter::Form::value}};
    return parameters;
}

const std::vector<Parameter>& sticky_parameters() {
    using Form = Parameter::Form;
    static const std::vector<Parameter> parameters = {
        {"cookie", Form::method},  {"expires", Form::value}, {"domain", Form::value},
        {"httponly", Form::flag},  {"secure", Form::flag},   {"samesite", Form::value},
        {"path", Form::value},     {"secret", Form::value},  {"route", Form::method},
        {"learn", Form::method},   {"create", Form::values}, {"lookup", Form::values},
        {"zone", Form::value},     {"timeout", Form::value}, {"header", Form::flag}};
    return parameters;
}

const std::vector<Parameter>& admit_parameters() {
    static const std::vector<Parameter> parameters = {{"burst", Parameter::Form::value}};
    return parameters;
}

const std::vector<Parameter>& health_check_parameters() {
    using Form = Parameter::Form;
    static const std::vector<Parameter> parameters = {
        {"type", Form::value},   {"uri", Form::value},      {"interval", Form::value}, {"jitter", Form::value},
        {"timeout", Form::value}, {"fails", Form::value},    {"passes", Form::value},   {"port", Form::value},
        {"host", Form::value},   {"match", Form::value},    {"send", Form::value},     {"expect", Form::value},
        {"ping", Form::on_off},  {"tls", Form::on_off},     {"mandatory", Form::flag}, {"persistent", Form::flag},
        {"keepalive_time", Form::value}};
    return parameters;
}

const std::vector<Parameter>& endpoint_down_tunnels_parameters() {
    static const std::vector<Parameter> parameters = {{"over", Parameter::Form::value}};
    return parameters;
}

const std::vector<Parameter>& keepalive_parameters() {
    static const std::vector<Parameter> parameters = {{"local", Parameter::Form::flag}};
    return parameters;
}

}  // namespace config
