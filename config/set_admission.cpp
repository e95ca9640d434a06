// The directives that keep a crowd from an upstream.
#include "config/arguments.hpp"
#include "config/setters.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace config {
namespace {

constexpr unsigned most_requests = 1'000'000;
constexpr unsigned most_handshakes = 1'000'000'000;
constexpr unsigned most_waiting = 1'000'000;

// "100r/s", "30r/m", as in nginx's limit_req_zone. Without a burst a tenth of a second's requests may come at once, so
// that a timer which fires late does not cost any of the rate.
std::optional<AdmissionRate> read_rate(const Argument& argument, Report& report) {
    const std::string_view text = argument.text;
    const bool is_by_second = text.ends_with("r/s");
    if (is_by_second || text.ends_with("r/m")) {
        const auto count = parse_count(text.substr(0, text.size() - 3), most_requests);
        const auto per = is_by_second ? std::chrono::seconds(1) : std::chrono::seconds(60);
        if (count && *count > 0)
            return AdmissionRate{*count, per, std::max(1U, *count / (is_by_second ? 10 : 600))};
    }
    report.error(argument.span, "invalid rate \"" + argument.text + '"',
                 "write 100r/s or 30r/m, at most " + std::to_string(most_requests));
    return std::nullopt;
}

}  // namespace

void set_admit(const Node& node, Scope& scope) {
    auto rate = read_rate(node.arguments[0], scope.report);
    if (node.arguments.size() > 1) {
        const auto burst = value_of(node.arguments[1], "burst");
        if (!burst) report_unknown_parameter(node.arguments[1], admit_parameters(), scope.report);
        const auto count = burst ? read_count(*burst, 1, most_requests, scope.report) : std::nullopt;
        if (rate && count) rate->burst = *count;
    }
    scope.upstream->admission.rate = rate;
}

void set_max_handshakes(const Node& node, Scope& scope) {
    assign(scope.upstream->admission.max_handshakes,
           read_count(node.arguments[0], 0, most_handshakes, scope.report));
}

void set_admit_queue(const Node& node, Scope& scope) {
    Queue& queue = scope.upstream->admission.queue;
    assign(queue.length, read_count(node.arguments[0], 0, most_waiting, scope.report));
    if (node.arguments.size() == 1) return;
    if (const auto timeout = value_of(node.arguments[1], "timeout"))
        assign(queue.timeout, read_duration(*timeout, scope.report));
    else
        report_unknown_parameter(node.arguments[1], queue_parameters(), scope.report);
}

}  // namespace config
