// The lines of a match block: what a response to a health check has to be.
#include "config/arguments.hpp"
#include "config/setters.hpp"

namespace config {
namespace {

// "200", "301-303"
std::optional<StatusRange> read_status_range(const Argument& argument, Report& report) {
    const auto dash = argument.text.find('-');
    const auto first = parse_count(argument.text.substr(0, dash), 599);
    const auto last = dash == std::string::npos ? first : parse_count(argument.text.substr(dash + 1), 599);
    if (first && last && *first >= 100 && *first <= *last) return StatusRange{*first, *last};
    report.error(argument.span, "invalid status \"" + argument.text + '"',
                 "it is a number from 100 to 599, or two with a dash: 200-399");
    return std::nullopt;
}

}  // namespace

void set_match_status(const Node& node, Scope& scope) {
    StatusTest test;
    auto arguments = node.arguments.begin();
    if (arguments->text == "!") {
        test.sense = StatusTest::Sense::none_of;
        ++arguments;
    }
    if (arguments == node.arguments.end()) scope.report.error(node.span, "no status behind \"!\"");
    for (; arguments != node.arguments.end(); ++arguments)
        if (const auto range = read_status_range(*arguments, scope.report)) test.ranges.push_back(*range);
    scope.match->status = std::move(test);
}

void set_match_header(const Node& node, Scope& scope) {
    const auto& arguments = node.arguments;
    HeaderTest test;
    if (arguments.size() == 1) {
        test.name = arguments[0].text;
    } else if (arguments.size() == 2) {
        test = {HeaderTest::Operation::absent, arguments[1].text, {}};
        if (arguments[0].text != "!")
            return scope.report.error(arguments[0].span, "\"!\" is expected here, or NAME OPERATOR VALUE");
    } else {
        const auto operation = read_word(arguments[1], {"=", "!=", "~", "!~"}, scope.report);
        if (!operation) return;
        constexpr auto first = static_cast<std::size_t>(HeaderTest::Operation::equal);
        test = {static_cast<HeaderTest::Operation>(first + *operation), arguments[0].text, arguments[2].text};
        if (*operation >= 2 && !read_pattern(arguments[2], scope.report)) return;
    }
    scope.match->headers.push_back(std::move(test));
}

void set_match_body(const Node& node, Scope& scope) {
    const auto operation = read_word(node.arguments[0], {"~", "!~"}, scope.report);
    auto pattern = read_pattern(node.arguments[1], scope.report);
    if (!operation || !pattern) return;
    scope.match->body = BodyTest{static_cast<BodyTest::Operation>(*operation), std::move(*pattern)};
}

}  // namespace config
