// The `server` line of an upstream block.
#include "config/arguments.hpp"
#include "config/setters.hpp"
#include "config/units.hpp"

namespace config {
namespace {

constexpr unsigned max_weight = 65535;
constexpr unsigned max_fails_bound = 1'000'000;
constexpr std::size_t max_route = 32;
constexpr unsigned max_conns_bound = 1'000'000'000;

void read_parameter(const Argument& argument, Endpoint& endpoint, Report& report) {
    if (argument.text == "down") {
        endpoint.down = true;
    } else if (argument.text == "backup") {
        endpoint.backup = true;
    } else if (argument.text == "drain") {
        endpoint.drain = true;
    } else if (argument.text == "resolve") {
        endpoint.resolve = true;
    } else if (const auto service = value_of(argument, "service")) {
        endpoint.service = service->text;
        if (!is_host_name(service->text)) report.error(service->span, "invalid service \"" + service->text + '"');
    } else if (const auto conns = value_of(argument, "max_conns")) {
        endpoint.max_conns = read_count(*conns, 0, max_conns_bound, report).value_or(endpoint.max_conns);
    } else if (const auto ramp = value_of(argument, "slow_start")) {
        endpoint.slow_start = read_duration(*ramp, report).value_or(endpoint.slow_start);
    } else if (const auto route = value_of(argument, "route")) {
        endpoint.route = route->text;
        if (route->text.empty() || route->text.size() > max_route)
            report.error(route->span, "invalid route", "it has 1 to " + std::to_string(max_route) + " characters");
    } else if (const auto weight = value_of(argument, "weight")) {
        endpoint.weight = read_count(*weight, 1, max_weight, report).value_or(endpoint.weight);
    } else if (const auto fails = value_of(argument, "max_fails")) {
        endpoint.max_fails = read_count(*fails, 0, max_fails_bound, report).value_or(endpoint.max_fails);
    } else if (const auto timeout = value_of(argument, "fail_timeout")) {
        endpoint.fail_timeout = read_duration(*timeout, report).value_or(endpoint.fail_timeout);
    } else {
        report_unknown_parameter(argument, endpoint_parameters(), report);
    }
}

// nginx: "it is necessary to specify the resolve parameter for the server and specify a hostname without a port number".
void check_service(const Argument& written, const Endpoint& endpoint, Report& report) {
    if (!has_name(endpoint.address) || written.text.find(':') != std::string::npos)
        report.error(written.span, "a service belongs to the name of a host without a port",
                     "its SRV records say the ports");
    else if (!endpoint.resolve)
        report.error(written.span, "\"service\" is followed only with \"resolve\"", "add resolve");
}

}  // namespace

void set_upstream_server(const Node& node, Scope& scope) {
    auto address = parse_address(node.arguments[0].text);
    if (address) address = scope.absolute(std::move(*address));
    if (!address) scope.report.error(node.arguments[0].span, address.error());
    Endpoint endpoint;
    for (std::size_t i = 1; i < node.arguments.size(); ++i) {
        read_parameter(node.arguments[i], endpoint, scope.report);
    }
    if (!address) return;
    const bool is_tcp = std::holds_alternative<TcpAddress>(*address);
    endpoint.name = is_tcp ? node.arguments[0].text : to_string(*address);
    endpoint.address = std::move(*address);
    if (!endpoint.service.empty()) check_service(node.arguments[0], endpoint, scope.report);
    endpoint.resolve = endpoint.resolve && has_name(endpoint.address);  // nginx: an address has nothing to resolve
    scope.upstream->endpoints.push_back(std::move(endpoint));
}

}  // namespace config
