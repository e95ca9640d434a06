// Directives that change nothing here, accepted so that nginx files load; their arguments are still checked.
#include "config/arguments.hpp"
#include "config/setters.hpp"

namespace config {

void check_nothing(const Node& /*node*/, Scope& /*scope*/) {}

void check_switch(const Node& node, Scope& scope) {
    read_switch(node.arguments[0], scope.report);
}

void check_size(const Node& node, Scope& scope) {
    read_size(node.arguments[0], scope.report);
}

void check_zone(const Node& node, Scope& scope) {
    if (node.arguments.size() > 1) read_size(node.arguments[1], scope.report);
}

void check_count_and_size(const Node& node, Scope& scope) {
    constexpr unsigned most = 1'000'000;
    read_count(node.arguments[0], 1, most, scope.report);
    read_size(node.arguments[1], scope.report);
}

void check_proxy_redirect(const Node& node, Scope& scope) {
    const auto& word = node.arguments[0];
    if (word.text == "off" || word.text == "default") return;
    scope.report.error(word.span, "rewriting of redirects is not supported", "write off or default");
}

// The front ends read included files in place; one that gets here has the wrong number of arguments, which is
// reported before.
void refuse_include(const Node& node, Scope& scope) {
    scope.report.error(node.span, "include is not possible here");
}

}  // namespace config
