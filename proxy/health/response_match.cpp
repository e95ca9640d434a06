// The tests of a match block, one after the other.
#include "proxy/health/response_match.hpp"

#include <algorithm>

namespace proxy::health {

namespace {

using Operation = config::HeaderTest::Operation;

std::optional<config::Pattern> compiled(const std::string& text) {
    const auto pattern = config::Pattern::compile(text);
    if (!pattern) return std::nullopt;
    return *pattern;
}

bool passes(const config::StatusTest& test, unsigned status) {
    const bool listed = std::any_of(test.ranges.begin(), test.ranges.end(), [status](const config::StatusRange& range) {
        return range.first <= status && status <= range.last;
    });
    return listed == (test.sense == config::StatusTest::Sense::one_of);
}

}  // namespace

ResponseMatch::ResponseMatch(config::Match match) : match_(std::move(match)) {
    for (const config::HeaderTest& test : match_->headers) {
        const bool has_pattern = test.operation == Operation::matches || test.operation == Operation::matches_not;
        headers_.push_back(has_pattern ? compiled(test.value) : std::nullopt);
    }
    if (match_->body) body_ = compiled(match_->body->pattern);
}

bool ResponseMatch::holds(std::size_t header, const http::Fields& fields) const {
    const config::HeaderTest& test = match_->headers[header];
    const auto some = [&](const auto& predicate) {
        for (const http::Field field : fields)
            if (http::equal_names(field.name, test.name) && predicate(field.value)) return true;
        return false;
    };
    const auto equal = [&](std::string_view value) { return value == test.value; };
    const auto matching = [&](std::string_view value) { return headers_[header] && headers_[header]->matches(value); };
    switch (test.operation) {
        case Operation::present: return fields.count(test.name) > 0;
        case Operation::absent: return fields.count(test.name) == 0;
        case Operation::equal: return some(equal);
        case Operation::unequal: return !some(equal);
        case Operation::matches: return some(matching);
        case Operation::matches_not: return !some(matching);
    }
    return false;
}

std::optional<std::string> ResponseMatch::complaint(const http::ResponseHead& head, std::string_view body) const {
    static const config::StatusTest success{config::StatusTest::Sense::one_of, {{200, 399}}};
    const bool status_holds = match_ ? !match_->status || passes(*match_->status, head.status)
                                     : passes(success, head.status);
    if (!status_holds) return "its status is " + std::to_string(head.status);
    if (!match_) return std::nullopt;
    for (std::size_t i = 0; i < headers_.size(); ++i)
        if (!holds(i, head.fields)) return "its header \"" + match_->headers[i].name + "\" does not match";
    const bool wanted = match_->body && match_->body->operation == config::BodyTest::Operation::matches;
    if (body_ && body_->matches(body) != wanted) return "its body does not match";
    return std::nullopt;
}

}  // namespace proxy::health
