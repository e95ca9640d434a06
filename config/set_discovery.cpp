// Where an upstream block learns its endpoints from beside its server lines: nameservers and a file.
#include "config/arguments.hpp"
#include "config/setters.hpp"

namespace config {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::size_t most_nameservers = 16;

void read_nameserver(const Argument& argument, Resolver& resolver, Report& report) {
    auto address = parse_address(argument.text, dns_port);
    if (!address) return report.error(argument.span, address.error());
    const auto* tcp = std::get_if<TcpAddress>(&*address);
    if (!tcp)
        return report.error(argument.span, "a nameserver has an IP address",
                            "write 10.0.0.2 or 127.0.0.1:5353");
    resolver.nameservers.push_back(*tcp);
}

void read_resolver_argument(const Argument& argument, Resolver& resolver, Report& report) {
    if (const auto valid = value_of(argument, "valid")) {
        resolver.valid = read_duration(*valid, report);
    } else if (const auto ipv4 = value_of(argument, "ipv4")) {
        assign(resolver.ipv4, read_switch(*ipv4, report));
    } else if (const auto ipv6 = value_of(argument, "ipv6")) {
        assign(resolver.ipv6, read_switch(*ipv6, report));
    } else if (value_of(argument, "status_zone")) {
        // nginx shows statistics of the resolver under that name.
    } else if (argument.text.find('=') != std::string::npos) {
        report_unknown_parameter(argument, resolver_parameters(), report);
    } else {
        read_nameserver(argument, resolver, report);
    }
}

Resolver& resolver_of(Scope& scope) {
    return scope.upstream ? scope.upstream->resolver : scope.level->resolver;
}

}  // namespace

void set_resolver(const Node& node, Scope& scope) {
    const std::size_t before = scope.report.error_count();
    Resolver resolver;
    resolver.timeout = resolver_of(scope).timeout;
    for (const auto& argument : node.arguments) read_resolver_argument(argument, resolver, scope.report);
    if (scope.report.error_count() == before) {
        if (resolver.nameservers.empty())
            scope.report.error(node.span, "no nameserver is named here", "write resolver ADDRESS ...");
        if (resolver.nameservers.size() > most_nameservers)
            scope.report.error(node.span, "too many nameservers", "at most 16 are asked");
        if (!resolver.ipv4 && !resolver.ipv6)
            scope.report.error(node.span, "\"ipv4\" and \"ipv6\" cannot both be off");
    }
    resolver_of(scope) = std::move(resolver);
}

void set_resolver_timeout(const Node& node, Scope& scope) {
    assign(resolver_of(scope).timeout, read_duration(node.arguments[0], scope.report));
}

void set_endpoints_file(const Node& node, Scope& scope) {
    const auto& path = node.arguments[0];
    if (path.text.empty()) return scope.report.error(path.span, "endpoints_file needs a file name");
    scope.upstream->endpoints_file = scope.beside_configuration(path.text);
}

}  // namespace config
