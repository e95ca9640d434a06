// Rules between the servers and the balancing method of an upstream.
#include "config/upstream_rules.hpp"

#include <algorithm>
#include <variant>

namespace config {
namespace {

// With a hash each key has its endpoint, and chance has no order: neither can prefer some endpoints to
// others, or give one less than its weight for a while. nginx refuses the same.
bool spreads_blindly(const Balance& balance) {
    return std::holds_alternative<Hash>(balance) || std::holds_alternative<IpHash>(balance) ||
           std::holds_alternative<Random>(balance);
}

bool is_server_line(const Node& node) {
    return node.name == "server" || node.name == "servers";
}

}  // namespace

bool follows_names(const Upstream& upstream) {
    const auto& endpoints = upstream.endpoints;
    return !upstream.endpoints_file.empty() ||
           std::any_of(endpoints.begin(), endpoints.end(), [](const Endpoint& e) { return e.resolve; });
}

void check_upstream(const Node& block, const Upstream& upstream, Report& report) {
    if (spreads_blindly(upstream.balance)) {
        for (const auto& node : block.children) {
            if (!is_server_line(node)) continue;
            for (const auto& argument : node.arguments) {
                const auto name = argument.text.substr(0, argument.text.find('='));
                if (name != "backup" && name != "slow_start") continue;
                report.error(
                    argument.span,
                    "\"" + name + "\" does not work with " + std::string(method_name(upstream.balance)),
                    "it does with round robin, least_conn and least_time");
            }
        }
    }
    if (upstream.admission.queue.length > 0 && !upstream.admission.is_limited())
        report.error(block.span, "\"admit_queue\" of the upstream \"" + upstream.name + "\" has nothing to wait for",
                     "add \"admit\" or \"max_handshakes\"");
    const auto& endpoints = upstream.endpoints;
    if (!endpoints.empty() && upstream.endpoints_file.empty() &&
        std::all_of(endpoints.begin(), endpoints.end(), [](const Endpoint& e) { return e.backup; }))
        report.error(block.span, "all servers of the upstream \"" + upstream.name + "\" are backups",
                     "one of them at least is to be without \"backup\"");
}

}  // namespace config
