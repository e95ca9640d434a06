// health_check, and what else an upstream says about the health of its endpoints.
#include "config/arguments.hpp"
#include "config/did_you_mean.hpp"
#include "config/setters.hpp"

#include <algorithm>

namespace config {
namespace {

constexpr unsigned max_in_a_row = 1000;
constexpr unsigned max_port = 65535;
constexpr std::size_t most_checks = 8;  // of one block; of all that lead to a pool, 16 are at work
constexpr Duration shortest_interval{10};

// What becomes part of a request line or a header.
bool is_plain_text(const Argument& argument, Report& report) {
    const bool plain = !argument.text.empty() && std::all_of(argument.text.begin(), argument.text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte != 0x7F;
    });
    if (!plain) report.error(argument.span, "this has to be a word without spaces and control characters");
    return plain;
}

std::optional<HealthCheck::Kind> read_kind(const Argument& argument, Report& report) {
    if (const auto index = read_word(argument, {"http", "tcp", "websocket"}, report))
        return static_cast<HealthCheck::Kind>(*index);
    return std::nullopt;
}

void read_interval(const Argument& argument, Duration& target, Report& report) {
    const auto value = read_duration(argument, report);
    if (value && *value < shortest_interval)
        report.error(argument.span, "this time is too short", "it is 10ms at least");
    else
        assign(target, value);
}

void read_uri(const Argument& argument, std::string& target, Report& report) {
    if (!is_plain_text(argument, report)) return;
    if (argument.text.starts_with('/'))
        target = argument.text;
    else
        report.error(argument.span, "the uri \"" + argument.text + "\" does not begin with \"/\"");
}

void read_words(const Argument& argument, HealthCheck& check, Report& report) {
    if (argument.text == "mandatory") {
        check.start = HealthCheck::Start::awaited;
    } else if (argument.text != "persistent" && !value_of(argument, "keepalive_time")) {
        // Verdicts always survive a reload, and every probe has a connection of its own.
        report_unknown_parameter(argument, health_check_parameters(), report);
    }
}

std::optional<std::string> read_match_name(const Argument& argument, const Scope& scope) {
    std::vector<std::string_view> names;
    for (const Match& match : scope.model.matches) names.push_back(match.name);
    if (std::find(names.begin(), names.end(), argument.text) != names.end()) return argument.text;
    scope.report.error(argument.span, "there is no match \"" + argument.text + '"', did_you_mean(argument.text, names));
    return std::nullopt;
}

void read_parameter(const Argument& argument, HealthCheck& check, const Scope& scope) {
    Report& report = scope.report;
    if (const auto type = value_of(argument, "type")) {
        assign(check.kind, read_kind(*type, report));
    } else if (const auto interval = value_of(argument, "interval")) {
        read_interval(*interval, check.interval, report);
    } else if (const auto timeout = value_of(argument, "timeout")) {
        read_interval(*timeout, check.timeout, report);
    } else if (const auto jitter = value_of(argument, "jitter")) {
        assign(check.jitter, read_duration(*jitter, report));
    } else if (const auto fails = value_of(argument, "fails")) {
        assign(check.fails, read_count(*fails, 1, max_in_a_row, report));
    } else if (const auto passes = value_of(argument, "passes")) {
        assign(check.passes, read_count(*passes, 1, max_in_a_row, report));
    } else if (const auto port = value_of(argument, "port")) {
        if (const auto number = read_count(*port, 1, max_port, report))
            check.port = static_cast<std::uint16_t>(*number);
    } else if (const auto uri = value_of(argument, "uri")) {
        read_uri(*uri, check.uri, report);
    } else if (const auto host = value_of(argument, "host")) {
        if (is_plain_text(*host, report)) check.host = host->text;
    } else if (const auto match = value_of(argument, "match")) {
        assign(check.match, read_match_name(*match, scope));
    } else if (const auto send = value_of(argument, "send")) {
        check.send = send->text;
    } else if (const auto tls = value_of(argument, "tls")) {
        if (const auto spoken = read_switch(*tls, report))
            check.tls = *spoken ? HealthCheck::Tls::always : HealthCheck::Tls::never;
    } else if (const auto ping = value_of(argument, "ping")) {
        if (const auto sent = read_switch(*ping, report))
            check.ping = *sent ? HealthCheck::Ping::sent : HealthCheck::Ping::none;
    } else if (const auto expect = value_of(argument, "expect")) {
        assign(check.expect, read_pattern(*expect, report));
    } else {
        read_words(argument, check, report);
    }
}

void check_parameters(const Node& node, const HealthCheck& check, Report& report) {
    const auto refuse = [&](bool is_set, std::string_view name, const std::string& kinds) {
        if (is_set) report.error(node.span, "\"" + std::string(name) + "\" is for health checks of type " + kinds);
    };
    using Kind = HealthCheck::Kind;
    refuse(check.kind != Kind::http && !check.match.empty(), "match", "http");
    refuse(check.kind != Kind::websocket && check.ping != HealthCheck::Ping::sent, "ping", "websocket");
    refuse(check.kind != Kind::websocket && !check.send.empty(), "send", "websocket");
    refuse(check.kind != Kind::websocket && !check.expect.empty(), "expect", "websocket");
    const bool has_request = check.uri != "/" || !check.host.empty();
    refuse(check.kind == Kind::tcp && has_request, check.host.empty() ? "uri" : "host", "http and websocket");
}

}  // namespace

void set_health_check(const Node& node, Scope& scope) {
    HealthCheck check;
    for (const auto& argument : node.arguments) read_parameter(argument, check, scope);
    check_parameters(node, check, scope.report);
    auto& checks = scope.upstream ? scope.upstream->health.checks : scope.level->settings.health_checks;
    if (checks.size() >= most_checks)
        scope.report.error(node.span, "there are more than " + std::to_string(most_checks) + " health checks here");
    checks.push_back(std::move(check));
}

void set_max_ejected(const Node& node, Scope& scope) {
    Argument number = node.arguments[0];
    if (number.text.ends_with('%')) number.text.pop_back();
    assign(scope.upstream->health.max_ejected, read_count(number, 0, 100, scope.report));
}

void set_tunnel_fail_time(const Node& node, Scope& scope) {
    assign(scope.upstream->health.tunnel_fail_time, read_duration(node.arguments[0], scope.report));
}

void set_endpoint_down_tunnels(const Node& node, Scope& scope) {
    DownTunnels tunnels;
    const auto fate = read_word(node.arguments[0], {"keep", "close"}, scope.report);
    if (!fate) return;
    tunnels.fate = static_cast<DownTunnels::Fate>(*fate);
    if (node.arguments.size() > 1) {
        const auto over = value_of(node.arguments[1], "over");
        if (!over)
            return report_unknown_parameter(node.arguments[1], endpoint_down_tunnels_parameters(), scope.report);
        if (tunnels.fate == DownTunnels::Fate::keep)
            scope.report.error(node.arguments[1].span, "\"over\" is for tunnels that are closed");
        assign(tunnels.over, read_duration(*over, scope.report));
    }
    scope.upstream->health.down_tunnels = tunnels;
}

}  // namespace config
