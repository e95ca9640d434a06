// Directives that http, server and (most of them) location share: limits, deadlines, keep-alive, access log.
#include "config/arguments.hpp"
#include "config/setters.hpp"

namespace config {

void set_access_log(const Node& node, Scope& scope) {
    const auto& path = node.arguments[0];
    Level& level = *scope.level;
    if (level.access_log_origin == Level::Origin::inherited) {
        level.access_log_origin = Level::Origin::own;
        level.settings.access_log.clear();
    }
    if (path.text == "off") {
        level.access_log_off = true;
        if (node.arguments.size() > 1) scope.report.error(node.arguments[1].span, "nothing follows \"off\"");
        return;
    }
    if (path.text.empty() || path.text == "on" || path.text.starts_with("syslog:")) {
        scope.report.error(path.span, "an access log to \"" + path.text + "\" is not supported",
                           "write the name of a file, or off");
        return;
    }
    if (path.text.find('$') != std::string::npos) {
        scope.report.error(path.span, "variables in the name of an access log are not supported");
        return;
    }
    for (std::size_t i = 1; i < node.arguments.size(); ++i) {
        const auto& word = node.arguments[i];
        if (i == 1 && word.text == "combined") continue;
        const auto name = word.text.substr(0, word.text.find('='));
        if (name == "buffer" || name == "flush" || name == "gzip" || name == "if") {
            scope.report.error(word.span, "the parameter \"" + name + "\" of access_log is not supported");
        } else {
            scope.report.error(word.span, "unknown log format \"" + word.text + "\"",
                               "the only format so far is \"combined\"");
        }
    }
    level.settings.access_log.push_back({scope.absolute(path.text)});
}

void set_client_header_timeout(const Node& node, Scope& scope) {
    assign(scope.level->limits.client_header_timeout, read_duration(node.arguments[0], scope.report));
}

void set_large_client_header_buffers(const Node& node, Scope& scope) {
    constexpr unsigned max_buffers = 1024;
    constexpr std::uint64_t min_bytes = 256;
    constexpr std::uint64_t max_bytes = 1024 * 1024;
    const auto count = read_count(node.arguments[0], 1, max_buffers, scope.report);
    const auto bytes = read_size(node.arguments[1], scope.report);
    if (bytes && (*bytes < min_bytes || *bytes > max_bytes)) {
        scope.report.error(node.arguments[1].span, "this buffer size is out of range",
                           "it is from 256 bytes to 1m");
    } else if (count && bytes) {
        scope.level->limits.header_buffers = *count;
        scope.level->limits.header_buffer_size = *bytes;
    }
}

void set_max_headers(const Node& node, Scope& scope) {
    constexpr unsigned most = 100'000;
    assign(scope.level->limits.max_headers, read_count(node.arguments[0], 1, most, scope.report));
}

void set_client_max_body_size(const Node& node, Scope& scope) {
    assign(scope.level->settings.client_max_body_size, read_size(node.arguments[0], scope.report));
}

void set_client_body_timeout(const Node& node, Scope& scope) {
    assign(scope.level->settings.client_body_timeout, read_duration(node.arguments[0], scope.report));
}

void set_send_timeout(const Node& node, Scope& scope) {
    assign(scope.level->settings.send_timeout, read_duration(node.arguments[0], scope.report));
}

// The second value is what nginx writes into a Keep-Alive header, which nobody needs: it is only checked.
void set_keepalive_timeout(const Node& node, Scope& scope) {
    assign(scope.level->settings.keepalive_timeout, read_duration(node.arguments[0], scope.report));
    if (node.arguments.size() > 1) read_duration(node.arguments[1], scope.report);
}

void set_keepalive_requests(const Node& node, Scope& scope) {
    constexpr unsigned most = 1'000'000'000;
    assign(scope.level->settings.keepalive_requests, read_count(node.arguments[0], 1, most, scope.report));
}

void set_underscores_in_headers(const Node& node, Scope& scope) {
    assign(scope.level->limits.underscores_in_headers, read_switch(node.arguments[0], scope.report));
}

void set_server_tokens(const Node& node, Scope& scope) {
    assign(scope.level->settings.server_tokens, read_switch(node.arguments[0], scope.report));
}

void set_metrics(const Node& /*node*/, Scope& scope) {
    scope.level->settings.metrics = true;
}

}  // namespace config
