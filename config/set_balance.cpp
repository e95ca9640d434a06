// The balancing methods of an upstream block, and its queue.
#include "config/arguments.hpp"
#include "config/setters.hpp"
#include "config/units.hpp"

#include <array>

namespace config {
namespace {

constexpr unsigned max_queue = 1'000'000;
constexpr unsigned max_bounded_load = 100;

constexpr std::array<std::string_view, 3> times = {"header", "last_byte", "peak_ewma"};

// nginx: "load balancing method redefined", and the last one counts.
void choose(const Node& node, Scope& scope, Balance balance) {
    Balance& chosen = scope.upstream->balance;
    if (!std::holds_alternative<RoundRobin>(chosen))
        scope.report.warning(node.span, "load balancing method redefined",
                             std::string(method_name(chosen)) + " is written before, and does not count");
    chosen = std::move(balance);
}

std::optional<ResponseTime> read_time(const Argument& argument, Report& report) {
    const auto index = read_word(argument, {times.begin(), times.end()}, report);
    if (!index) return std::nullopt;
    return static_cast<ResponseTime>(*index);
}

// "1.25" -> 125
std::optional<unsigned> read_bounded_load(const Argument& argument, Report& report) {
    std::string digits = argument.text;
    const auto dot = digits.find('.');
    const std::size_t decimals = dot == std::string::npos ? 0 : digits.size() - dot - 1;
    if (dot != std::string::npos) digits.erase(dot, 1);
    const auto number =
        parse_count(digits + std::string(decimals < 2 ? 2 - decimals : 0, '0'), max_bounded_load * 100);
    const bool has_shape = dot != 0 && decimals <= 2 && (dot == std::string::npos || decimals > 0);
    if (has_shape && number && *number > 100) return number;
    report.error(argument.span, "invalid factor \"" + argument.text + "\"",
                 "it is a number above 1 and up to 100, with two decimals at most: 1.25");
    return std::nullopt;
}

}  // namespace

std::string_view method_name(const Balance& balance) {
    constexpr std::array<std::string_view, std::variant_size_v<Balance>> names = {
        "round robin", "least_conn", "least_time", "random", "ip_hash", "hash"};
    return names[balance.index()];
}

std::string_view to_string(ResponseTime time) {
    return times[static_cast<std::size_t>(time)];
}

void set_least_conn(const Node& node, Scope& scope) {
    choose(node, scope, LeastConn{});
}

void set_ip_hash(const Node& node, Scope& scope) {
    choose(node, scope, IpHash{});
}

void set_least_time(const Node& node, Scope& scope) {
    if (const auto time = read_time(node.arguments[0], scope.report)) choose(node, scope, LeastTime{*time});
}

void set_random(const Node& node, Scope& scope) {
    Random random;
    const auto& arguments = node.arguments;
    if (!arguments.empty()) {
        if (arguments[0].text != "two") {
            scope.report.error(arguments[0].span, "invalid value \"" + arguments[0].text + '"',
                               "write \"two\", or nothing for one");
            return;
        }
        random.choice = Random::Choice::two_least_conn;
    }
    if (arguments.size() > 1) {
        if (const auto name = value_of(arguments[1], "least_time")) {
            const auto time = read_time(*name, scope.report);
            if (!time) return;
            random = {Random::Choice::two_least_time, *time};
        } else if (!read_word(
                       arguments[1],
                       {"least_conn", "least_time=header", "least_time=last_byte", "least_time=peak_ewma"},
                       scope.report)) {
            return;
        }
    }
    choose(node, scope, random);
}

void set_hash(const Node& node, Scope& scope) {
    auto parsed = parse_template(node.arguments[0].text);
    if (!parsed.error.empty()) {
        scope.report.error(node.arguments[0].span, std::move(parsed.error), std::move(parsed.hint));
        return;
    }
    Hash hash{std::move(parsed.value)};
    const Argument* bound = nullptr;
    for (std::size_t i = 1; i < node.arguments.size(); ++i) {
        const auto& argument = node.arguments[i];
        if (argument.text == "consistent") {
            hash.consistent = true;
        } else if (const auto factor = value_of(argument, "bounded_load")) {
            bound = &argument;
            hash.bounded_load = read_bounded_load(*factor, scope.report).value_or(0);
        } else {
            report_unknown_parameter(argument, hash_parameters(), scope.report);
        }
    }
    if (bound && !hash.consistent)
        scope.report.error(bound->span, "bounded_load is for a consistent hash", "add \"consistent\"");
    choose(node, scope, std::move(hash));
}

void set_queue(const Node& node, Scope& scope) {
    Queue queue;
    queue.length = read_count(node.arguments[0], 1, max_queue, scope.report).value_or(1);
    if (node.arguments.size() > 1) {
        const auto timeout = value_of(node.arguments[1], "timeout");
        if (timeout)
            queue.timeout = read_duration(*timeout, scope.report).value_or(queue.timeout);
        else
            report_unknown_parameter(node.arguments[1], queue_parameters(), scope.report);
    }
    scope.upstream->queue = queue;
}

}  // namespace config
