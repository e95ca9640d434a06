// The keepalive directives of an upstream block.
#include "config/arguments.hpp"
#include "config/setters.hpp"

namespace config {
void set_upstream_keepalive(const Node& node, Scope& scope) {
    constexpr unsigned most = 1'000'000;
    KeepAlive& keepalive = scope.upstream->keepalive;
    assign(keepalive.connections, read_count(node.arguments[0], 0, most, scope.report));
    keepalive.scope = KeepAliveScope::upstream;
    if (node.arguments.size() == 1) return;
    if (node.arguments[1].text == "local") {
        keepalive.scope = KeepAliveScope::location;
    } else {
        report_unknown_parameter(node.arguments[1], keepalive_parameters(), scope.report);
    }
}

void set_upstream_keepalive_requests(const Node& node, Scope& scope) {
    constexpr unsigned most = 1'000'000'000;
    assign(scope.upstream->keepalive.requests, read_count(node.arguments[0], 1, most, scope.report));
}

void set_upstream_keepalive_time(const Node& node, Scope& scope) {
    assign(scope.upstream->keepalive.time, read_duration(node.arguments[0], scope.report));
}

void set_upstream_keepalive_timeout(const Node& node, Scope& scope) {
    assign(scope.upstream->keepalive.timeout, read_duration(node.arguments[0], scope.report));
}

}  // namespace config
