// Upstream blocks and their servers as TOML.
#include "config/upstream_printer.hpp"

#include "config/sticky_text.hpp"
#include "config/toml_value_text.hpp"
#include "config/units.hpp"

namespace config {
namespace {

std::string text_of(const LeastTime& method) {
    return in_quotes(to_string(method.time));
}

std::string text_of(const Random& method) {
    switch (method.choice) {
        case Random::Choice::one: break;
        case Random::Choice::two_least_conn: return "[\"two\", \"least_conn\"]";
        case Random::Choice::two_least_time:
            return "[\"two\", " + in_quotes("least_time=" + std::string(to_string(method.time))) + ']';
    }
    return config::text_of(true);
}

std::string text_of(const Hash& method) {
    if (!method.consistent) return in_quotes(to_string(method.key));
    std::string text = "{ key = " + in_quotes(to_string(method.key)) + ", consistent = true";
    if (method.bounded_load > 0) {
        const std::string hundredths = std::to_string(method.bounded_load);
        const auto whole = hundredths.size() - 2;
        text += ", bounded_load = " + hundredths.substr(0, whole) + '.' + hundredths.substr(whole);
    }
    return text + " }";
}

std::string text_of(const Resolver& resolver) {
    std::vector<std::string> nameservers;
    for (const auto& address : resolver.nameservers) nameservers.push_back(to_string(address));
    std::string text = "{ addresses = " + config::text_of(nameservers);
    if (resolver.valid) text += ", valid = " + config::text_of(*resolver.valid);
    if (!resolver.ipv4) text += ", ipv4 = false";
    if (!resolver.ipv6) text += ", ipv6 = false";
    return text + " }";
}

struct MethodText {
    std::string operator()(const RoundRobin&) const { return {}; }
    std::string operator()(const LeastConn&) const { return config::text_of(true); }
    std::string operator()(const IpHash&) const { return config::text_of(true); }
    template <class Method>
    std::string operator()(const Method& method) const {
        return text_of(method);
    }
};

// A name as it is written, because it is what a consistent hash is made of. A unix path is made absolute.
std::string address_text(const Endpoint& endpoint) {
    return std::holds_alternative<UnixAddress>(endpoint.address) ? to_string(endpoint.address)
                                                                 : endpoint.name;
}

}  // namespace

std::vector<PrintedSetting> upstream_settings(const Upstream& upstream) {
    std::vector<PrintedSetting> settings;
    if (!std::holds_alternative<RoundRobin>(upstream.balance))
        settings.push_back({method_name(upstream.balance), std::visit(MethodText{}, upstream.balance)});
    if (const auto& queue = upstream.queue)
        settings.push_back({"queue", "{ length = " + text_of(queue->length) +
                                         ", timeout = " + text_of(queue->timeout) + " }"});
    if (!std::holds_alternative<NotSticky>(upstream.sticky))
        settings.push_back({"sticky", text_of(upstream.sticky)});
    const Resolver unset;
    if (!upstream.resolver.nameservers.empty()) settings.push_back({"resolver", text_of(upstream.resolver)});
    if (upstream.resolver.timeout != unset.timeout)
        settings.push_back({"resolver_timeout", text_of(upstream.resolver.timeout)});
    if (!upstream.endpoints_file.empty())
        settings.push_back({"endpoints_file", in_quotes(upstream.endpoints_file)});
    if (const auto& rate = upstream.admission.rate)
        settings.push_back({"admit", "{ rate = " + in_quotes(std::to_string(rate->requests) +
                                                            (rate->per == std::chrono::seconds(1) ? "r/s" : "r/m")) +
                                         ", burst = " + text_of(rate->burst) + " }"});
    if (const unsigned most = upstream.admission.max_handshakes)
        settings.push_back({"max_handshakes", text_of(most)});
    if (const Queue& queue = upstream.admission.queue; queue.length > 0)
        settings.push_back({"admit_queue", "{ length = " + text_of(queue.length) +
                                               ", timeout = " + text_of(queue.timeout) + " }"});
    return settings;
}

std::string text_of(const Endpoint& endpoint) {
    const Endpoint unset;
    std::string options;
    if (endpoint.weight != unset.weight) options += ", weight = " + text_of(endpoint.weight);
    if (endpoint.max_conns != unset.max_conns) options += ", max_conns = " + text_of(endpoint.max_conns);
    if (endpoint.max_fails != unset.max_fails) options += ", max_fails = " + text_of(endpoint.max_fails);
    if (endpoint.fail_timeout != unset.fail_timeout)
        options += ", fail_timeout = " + text_of(endpoint.fail_timeout);
    if (endpoint.slow_start != unset.slow_start) options += ", slow_start = " + text_of(endpoint.slow_start);
    if (!endpoint.route.empty()) options += ", route = " + in_quotes(endpoint.route);
    if (endpoint.backup) options += ", backup = true";
    if (endpoint.down) options += ", down = true";
    if (endpoint.drain) options += ", drain = true";
    if (endpoint.resolve) options += ", resolve = true";
    if (!endpoint.service.empty()) options += ", service = " + in_quotes(endpoint.service);
    const std::string address = in_quotes(address_text(endpoint));
    return options.empty() ? address : "{ address = " + address + options + " }";
}

}  // namespace config
