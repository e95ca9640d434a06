// Directives of a server block: listen, server_name, and the arguments of location.
#include "config/arguments.hpp"
#include "config/letter_case.hpp"
#include "config/setters.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace config {
namespace {

constexpr unsigned max_backlog = 1'000'000;

void read_listen_parameter(const Argument& argument, Listen& listen, Report& report) {
    const std::string_view text = argument.text;
    if (text == "default_server" || text == "default") {
        listen.default_server = true;
    } else if (text == "reuseport") {
        return;  // every worker has its own listening socket anyway
    } else if (text == "ssl") {
        listen.tls = true;
    } else if (text == "http2" || text == "quic" || text == "proxy_protocol") {
        report.error(argument.span, "the parameter \"" + argument.text + "\" of listen is not supported yet");
    } else if (const auto backlog = value_of(argument, "backlog")) {
        const auto count = read_count(*backlog, 1, max_backlog, report);
        if (count) listen.backlog = static_cast<int>(*count);
    } else if (const auto ipv6only = value_of(argument, "ipv6only")) {
        if (const auto only = read_switch(*ipv6only, report)) listen.ipv6_only = *only;
    } else {
        report_unknown_parameter(argument, listen_parameters(), report);
    }
}

bool has_bad_character(std::string_view name) {
    return std::any_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7F || c == '/' || c == '*' || c == ':' || c == '$';
    });
}

Result<ServerName> parse_server_name(std::string_view text) {
    using Kind = ServerName::Kind;
    ServerName result;
    result.name = lower(text);
    std::string_view fixed = result.name;
    if (fixed.starts_with('~'))
        return Problem{"regular expressions in server_name are not supported yet", ""};
    if (fixed.starts_with("*.")) {
        result.kind = Kind::leading_wildcard;
        fixed.remove_prefix(2);
    } else if (fixed.starts_with('.')) {
        result.kind = Kind::suffix;
        fixed.remove_prefix(1);
    } else if (fixed.ends_with(".*")) {
        result.kind = Kind::trailing_wildcard;
        fixed.remove_suffix(2);
    }
    const bool needs_text = result.kind != Kind::exact;
    if (has_bad_character(fixed) || (needs_text && fixed.empty())) {
        return Problem{"invalid server name \"" + std::string(text) + "\"",
                       "it is a name, *.NAME, .NAME or NAME.*"};
    }
    return result;
}

}  // namespace

void set_listen(const Node& node, Scope& scope) {
    auto address = parse_listen_address(node.arguments[0].text);
    if (address) address = scope.absolute(std::move(*address));
    if (!address) scope.report.error(node.arguments[0].span, address.error());
    Listen listen;
    for (std::size_t i = 1; i < node.arguments.size(); ++i) {
        read_listen_parameter(node.arguments[i], listen, scope.report);
    }
    if (!address) return;
    listen.address = std::move(*address);
    scope.server->listen.push_back(std::move(listen));
    scope.listen_spans->push_back(node.arguments[0].span);
}

void set_server_name(const Node& node, Scope& scope) {
    for (const auto& argument : node.arguments) {
        auto name = parse_server_name(argument.text);
        if (!name) {
            scope.report.error(argument.span, name.error());
            continue;
        }
        scope.server->names.push_back(std::move(*name));
        scope.name_spans->push_back(argument.span);
    }
}

std::optional<Location> read_location(const Node& node, Scope& scope) {
    std::string_view modifier;
    std::string_view path = node.arguments[0].text;
    if (node.arguments.size() > 1) {
        modifier = path;
        path = node.arguments[1].text;
    } else {
        // The modifier may be glued to the path: location =/exact
        for (const std::string_view candidate : {"=", "^~", "~*", "~", "@"}) {
            if (!path.starts_with(candidate)) continue;
            modifier = candidate;
            path.remove_prefix(candidate.size());
            break;
        }
    }
    const auto& where = node.arguments[0].span;
    if (modifier == "~" || modifier == "~*") {
        scope.report.error(where, "locations with regular expressions are not supported yet");
    } else if (modifier == "@") {
        scope.report.error(where, "named locations are not supported yet");
    } else if (!modifier.empty() && modifier != "=" && modifier != "^~") {
        scope.report.error(where, "invalid location modifier \"" + std::string(modifier) + "\"",
                           "it is =, ^~ or nothing");
    } else if (path.empty()) {
        scope.report.error(where, "the path of the location is empty");
    } else {
        if (!path.starts_with('/')) {
            scope.report.warning(node.arguments.back().span,
                                 "no request matches a path that does not begin with \"/\"");
        }
        return Location{
            modifier == "=" ? LocationMatch::exact : LocationMatch::prefix, std::string(path), {}};
    }
    return std::nullopt;
}

}  // namespace config
