// The directives that let a request go on to another endpoint.
#include "config/arguments.hpp"
#include "config/setters.hpp"

namespace config {
namespace {

constexpr unsigned max_tries = 1'000'000;

}  // namespace

const std::vector<std::string_view>& retry_words() {
    static const std::vector<std::string_view> words = {"error",    "timeout",  "invalid_header", "http_500",
                                                        "http_502", "http_503", "http_504",       "http_403",
                                                        "http_404", "http_429", "non_idempotent"};
    return words;
}

void set_proxy_next_upstream(const Node& node, Scope& scope) {
    auto words = retry_words();
    words.emplace_back("off");
    RetryCauses causes;
    bool is_off = false;  // nginx: it counts wherever it stands
    for (const auto& argument : node.arguments) {
        const auto index = read_word(argument, words, scope.report);
        if (!index) return;
        if (*index + 1 == words.size())
            is_off = true;
        else
            causes.add(static_cast<RetryCause>(*index));
    }
    scope.level->settings.proxy_next_upstream.causes = is_off ? RetryCauses{} : causes;
}

void set_proxy_next_upstream_tries(const Node& node, Scope& scope) {
    assign(scope.level->settings.proxy_next_upstream.tries,
           read_count(node.arguments[0], 0, max_tries, scope.report));
}

void set_proxy_next_upstream_timeout(const Node& node, Scope& scope) {
    assign(scope.level->settings.proxy_next_upstream.timeout, read_duration(node.arguments[0], scope.report));
}

}  // namespace config
