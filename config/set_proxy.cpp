// The proxy_* directives and Tidegate's own for WebSocket and tunnels.
#include "config/arguments.hpp"
#include "config/did_you_mean.hpp"
#include "config/letter_case.hpp"
#include "config/setters.hpp"
#include "config/units.hpp"
#include "config/upstream_names.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace config {
namespace {

// A token of RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
    static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || marks.find(c) != std::string_view::npos;
    });
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

// What follows the scheme: the name of an upstream or an address, and the URI part if there is one.
struct Target {
    std::string host;
    std::optional<std::string> uri;
};

Target split_target(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    Target target;
    if (text.starts_with(unix_prefix)) {
        const auto end = text.find(':', unix_prefix.size());
        target.host = text.substr(0, end);
        if (end != std::string_view::npos) target.uri = text.substr(end + 1);
    } else {
        const auto end = text.find_first_of("/?");
        target.host = text.substr(0, end);
        if (end != std::string_view::npos) target.uri = text.substr(end);
    }
    if (target.uri && !target.uri->starts_with('/')) target.uri->insert(0, "/");
    return target;
}

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
    return same_name(text.substr(0, scheme.size()), scheme);
}

// The complaint about a URL that cannot be used at all, or nothing.
std::optional<Problem> check_url(std::string_view url) {
    if (url.find('$') != std::string_view::npos) {
        return Problem{"variables in proxy_pass are not supported yet", ""};
    }
    if (!starts_with_scheme(url, "http://") && !starts_with_scheme(url, "https://")) {
        return Problem{"invalid URL \"" + std::string(url) + "\"", "it begins with http:// or https://"};
    }
    if (has_control(url) || url.find_first_of(" #") != std::string_view::npos) {
        return Problem{"invalid character in the URL", ""};
    }
    return std::nullopt;
}

}  // namespace

void set_proxy_pass(const Node& node, Scope& scope) {
    const auto& url = node.arguments[0];
    if (auto problem = check_url(url.text)) {
        scope.report.error(url.span, std::move(*problem));
        return;
    }
    const auto scheme =
        starts_with_scheme(url.text, "https://") ? UpstreamScheme::https : UpstreamScheme::http;
    Target target = split_target(std::string_view(url.text).substr(url.text.find("//") + 2));
    constexpr std::string_view unix_prefix = "unix:";
    if (target.host.starts_with(unix_prefix) && target.host.size() > unix_prefix.size()) {
        const std::string path = scope.absolute(target.host.substr(unix_prefix.size()));
        // The prefix has come in: its name is no URL yet.
        if (path.find_first_of(": #$") != std::string::npos) {
            scope.report.error(url.span, "the path \"" + path + "\" cannot stand in a URL");
            return;
        }
        target.host = std::string(unix_prefix) + path;
    }
    auto resolved = resolve_upstream(target.host, scheme, scope.model);
    if (!resolved) {
        scope.report.error(url.span, resolved.error());
        return;
    }
    scope.level->settings.proxy_pass = ProxyPass{std::move(resolved->name), std::move(resolved->host),
                                                 target.uri, scheme == UpstreamScheme::https};
}

void set_proxy_http_version(const Node& node, Scope& scope) {
    const auto version = read_word(node.arguments[0], {"1.0", "1.1"}, scope.report);
    if (version) {
        scope.level->settings.proxy_http_version =
            *version == 0 ? HttpVersion::http_1_0 : HttpVersion::http_1_1;
    }
}

void set_proxy_set_header(const Node& node, Scope& scope) {
    const auto& name = node.arguments[0];
    const auto& value = node.arguments[1];
    auto parsed = parse_template(value.text);
    if (!is_token(name.text)) {
        scope.report.error(name.span, "invalid header name \"" + name.text + "\"");
    } else if (has_control(value.text)) {
        scope.report.error(value.span, "a header value cannot hold control characters");
    } else if (!parsed.error.empty()) {
        scope.report.error(value.span, std::move(parsed.error), std::move(parsed.hint));
    } else {
        scope.level->header_rules.add({name.text, std::move(parsed.value)});
    }
}

void set_proxy_connect_timeout(const Node& node, Scope& scope) {
    assign(scope.level->settings.proxy_connect_timeout, read_duration(node.arguments[0], scope.report));
}

void set_proxy_ssl_handshake_timeout(const Node& node, Scope& scope) {
    if (const auto value = read_duration(node.arguments[0], scope.report)) {
        scope.level->proxy_ssl_handshake_timeout = value;
    }
}

void set_proxy_handshake_timeout(const Node& node, Scope& scope) {
    if (const auto value = read_duration(node.arguments[0], scope.report)) {
        scope.level->proxy_handshake_timeout = value;
    }
}

void set_proxy_protocol(const Node& node, Scope& scope) {
    static constexpr ProxyProtocol meanings[] = {ProxyProtocol::off, ProxyProtocol::v1, ProxyProtocol::v1,
                                                 ProxyProtocol::v2};
    const auto word = read_word(node.arguments[0], {"off", "on", "v1", "v2"}, scope.report);
    if (word) scope.level->settings.proxy_protocol = meanings[*word];
}

void set_proxy_bind(const Node& node, Scope& scope) {
    std::vector<std::string> sources;
    const bool is_off = node.arguments.size() == 1 && node.arguments[0].text == "off";
    for (const auto& argument : node.arguments) {
        if (is_off) break;
        auto address = parse_ip_address(argument.text);
        if (!address) {
            scope.report.error(argument.span, address.error());
        } else if (std::find(sources.begin(), sources.end(), *address) != sources.end()) {
            scope.report.error(argument.span, "the address " + *address + " is written twice");
        } else {
            sources.push_back(std::move(*address));
        }
    }
    scope.level->settings.proxy_bind = std::move(sources);
}

void set_proxy_send_timeout(const Node& node, Scope& scope) {
    assign(scope.level->settings.proxy_send_timeout, read_duration(node.arguments[0], scope.report));
}

void set_proxy_read_timeout(const Node& node, Scope& scope) {
    assign(scope.level->settings.proxy_read_timeout, read_duration(node.arguments[0], scope.report));
}

void set_proxy_websocket(const Node& node, Scope& scope) {
    const auto value = read_switch(node.arguments[0], scope.report);
    if (value) {
        scope.level->settings.proxy_websocket = *value ? WebSocketMode::native : WebSocketMode::header_rules;
    }
}

void set_proxy_forwarded(const Node& node, Scope& scope) {
    assign(scope.level->settings.proxy_forwarded, read_switch(node.arguments[0], scope.report));
}

void set_tunnel_idle_timeout(const Node& node, Scope& scope) {
    if (const auto value = read_duration(node.arguments[0], scope.report)) {
        scope.level->tunnel_idle_timeout = value;
    }
}

}  // namespace config
