// Health checks and matches as TOML.
#include "config/health_printer.hpp"

#include "config/toml_value_text.hpp"

#include <array>

namespace config {
namespace {

using Words = std::vector<std::string>;

std::string text_of(const HealthCheck& check) {
    constexpr std::array kinds = {"http", "tcp", "websocket"};
    const HealthCheck unset;
    std::string text;
    const auto add = [&text](bool differs, const std::string& name, const std::string& value) {
        if (differs) text += (text.empty() ? " " : ", ") + name + " = " + value;
    };
    add(check.kind != unset.kind, "type", in_quotes(kinds[static_cast<std::size_t>(check.kind)]));
    add(check.uri != unset.uri, "uri", in_quotes(check.uri));
    add(check.interval != unset.interval, "interval", config::text_of(check.interval));
    add(check.jitter != unset.jitter, "jitter", config::text_of(check.jitter));
    add(check.timeout != unset.timeout, "timeout", config::text_of(check.timeout));
    add(check.fails != unset.fails, "fails", config::text_of(check.fails));
    add(check.passes != unset.passes, "passes", config::text_of(check.passes));
    add(check.port.has_value(), "port", config::text_of(unsigned{check.port.value_or(0)}));
    add(check.host != unset.host, "host", in_quotes(check.host));
    add(check.match != unset.match, "match", in_quotes(check.match));
    add(check.ping != unset.ping, "ping", config::text_of(false));
    add(check.send != unset.send, "send", in_quotes(check.send));
    add(check.expect != unset.expect, "expect", in_quotes(check.expect));
    add(check.tls != unset.tls, "tls", config::text_of(check.tls == HealthCheck::Tls::always));
    add(check.start != unset.start, "mandatory", config::text_of(true));
    return text.empty() ? "{}" : '{' + text + " }";
}

std::string text_of(const StatusTest& test) {
    std::vector<std::string> words;
    if (test.sense == StatusTest::Sense::none_of) words.emplace_back("!");
    for (const auto& range : test.ranges)
        words.push_back(std::to_string(range.first) +
                        (range.first == range.last ? "" : '-' + std::to_string(range.last)));
    return config::text_of(words);
}

std::string text_of(const HeaderTest& test) {
    switch (test.operation) {
        case HeaderTest::Operation::present: return in_quotes(test.name);
        case HeaderTest::Operation::absent: return config::text_of(Words{"!", test.name});
        case HeaderTest::Operation::equal: return config::text_of(Words{test.name, "=", test.value});
        case HeaderTest::Operation::unequal: return config::text_of(Words{test.name, "!=", test.value});
        case HeaderTest::Operation::matches: return config::text_of(Words{test.name, "~", test.value});
        case HeaderTest::Operation::matches_not: return config::text_of(Words{test.name, "!~", test.value});
    }
    return {};
}

std::string text_of(const DownTunnels& tunnels) {
    const std::string over =
        tunnels.over > std::chrono::milliseconds::zero() ? ", over = " + config::text_of(tunnels.over) : "";
    return "{ fate = " + in_quotes(tunnels.fate == DownTunnels::Fate::keep ? "keep" : "close") + over + " }";
}

template <class Element>
std::string array_of(const std::vector<Element>& elements) {
    std::string list;
    for (const auto& element : elements) list += (list.empty() ? "" : ", ") + text_of(element);
    return '[' + list + ']';
}

}  // namespace

std::vector<PrintedSetting> health_check_settings(const std::vector<HealthCheck>& checks) {
    if (checks.empty()) return {};
    return {{"health_check", array_of(checks)}};
}

std::vector<PrintedSetting> health_settings(const Health& health) {
    const Health unset;
    std::vector<PrintedSetting> settings = health_check_settings(health.checks);
    if (health.max_ejected != unset.max_ejected)
        settings.push_back({"max_ejected", in_quotes(std::to_string(health.max_ejected) + '%')});
    if (health.tunnel_fail_time != unset.tunnel_fail_time)
        settings.push_back({"tunnel_fail_time", config::text_of(health.tunnel_fail_time)});
    if (health.down_tunnels != unset.down_tunnels)
        settings.push_back({"endpoint_down_tunnels", text_of(health.down_tunnels)});
    return settings;
}

std::vector<PrintedSetting> match_settings(const Match& match) {
    std::vector<PrintedSetting> settings;
    if (match.status) settings.push_back({"status", text_of(*match.status)});
    if (!match.headers.empty()) settings.push_back({"header", array_of(match.headers)});
    if (match.body) {
        const bool matches = match.body->operation == BodyTest::Operation::matches;
        settings.push_back({"body", config::text_of(Words{matches ? "~" : "!~", match.body->pattern})});
    }
    return settings;
}

}  // namespace config
