// Which fields of a request travel on, and which are replaced or added.
#include "proxy/route/header_rules.hpp"

#include <algorithm>

#include <boost/container/small_vector.hpp>

#include "proxy/http/hop_by_hop.hpp"
#include "proxy/http/request_rules.hpp"
#include "proxy/route/variables.hpp"

namespace proxy::route {

namespace {

using http::equal_names;

void add_field(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

// Values may hold what the client escaped ($uri) or raw bytes ($binary_remote_addr): none of it may end the line.
std::string without_control_characters(std::string value) {
    const auto is_control = [](char letter) {
        const auto code = static_cast<unsigned char>(letter);
        return (code < 0x20 && letter != '\t') || code == 0x7f;
    };
    if (std::none_of(value.begin(), value.end(), is_control)) return value;
    std::string clean;
    for (const char letter : value) {
        if (is_control(letter))
            http::append_percent_encoded(clean, letter);
        else
            clean += letter;
    }
    return clean;
}

config::Template variable(config::Variable name) { return {{{name, ""}}}; }

auto find_rule(const std::vector<config::HeaderRule>& rules, std::string_view name) {
    return std::find_if(rules.begin(), rules.end(),
                        [&](const config::HeaderRule& rule) { return equal_names(rule.name, name); });
}

bool names_header(const std::vector<config::HeaderRule>& rules, std::string_view name) {
    return find_rule(rules, name) != rules.end();
}

// Whether the rules send a Connection field with that option in it.
bool connection_lists(const RequestView& request, const std::vector<config::HeaderRule>& rules,
                      std::string_view option) {
    return std::any_of(rules.begin(), rules.end(), [&](const config::HeaderRule& rule) {
        return equal_names(rule.name, "Connection") && http::has_token(expand(rule.value, request), option);
    });
}

bool names_upgrade(std::string_view name) { return equal_names(name, "Upgrade") || equal_names(name, "Connection"); }

// Fields of the request, each followed, replaced or dropped as the rules say.
class HeadBuilder {
 public:
    HeadBuilder(const RequestView& request, const std::vector<config::HeaderRule>& rules, UpgradeHeaders upgrade)
        : request_(request), rules_(rules), upgrade_(upgrade), used_(rules.size(), false) {}

    void copy_fields(std::string& head) {
        for (const http::Field field : request_.head.fields) {
            if (http::is_framing(field.name)) continue;
            const auto rule = find_rule(rules_, field.name);
            if (rule != rules_.end())
                apply(rule - rules_.begin(), head);
            else if (!http::is_hop_by_hop(field.name, request_.head.fields))
                add_field(head, field.name, field.value);
        }
    }

    void add_remaining_rules(std::string& head) {
        for (std::size_t i = 0; i < rules_.size(); ++i) apply(i, head);
    }

 private:
    void apply(std::size_t index, std::string& head) {
        if (used_[index]) return;
        used_[index] = true;
        const config::HeaderRule& rule = rules_[index];
        if (http::is_framing(rule.name)) return;  // a rule could contradict the body
        if (upgrade_ == UpgradeHeaders::websocket && names_upgrade(rule.name)) return;  // or the handshake
        const std::string value = without_control_characters(expand(rule.value, request_));
        if (!value.empty()) add_field(head, rule.name, value);
    }

    const RequestView& request_;
    const std::vector<config::HeaderRule>& rules_;
    UpgradeHeaders upgrade_;
    boost::container::small_vector<bool, 16> used_;
};

void add_framing(std::string& head, const http::Framing& framing) {
    if (framing.end == http::BodyEnd::length) add_field(head, "Content-Length", std::to_string(framing.length));
    if (framing.end == http::BodyEnd::chunked) add_field(head, "Transfer-Encoding", "chunked");
}

}  // namespace

std::vector<config::HeaderRule> effective_rules(const config::LocationSettings& settings) {
    std::vector<config::HeaderRule> rules = settings.proxy_set_header;
    if (!settings.proxy_forwarded) return rules;
    using config::Variable;
    const config::HeaderRule forwarded[] = {
        {"X-Forwarded-For", variable(Variable::proxy_add_x_forwarded_for)},
        {"X-Forwarded-Proto", variable(Variable::scheme)},
        {"X-Forwarded-Host", {{{Variable::http_, "host"}}}},
        {"X-Real-IP", variable(Variable::remote_addr)},
    };
    for (const config::HeaderRule& rule : forwarded)
        if (!names_header(rules, rule.name)) rules.push_back(rule);
    return rules;
}

bool rules_ask_for_upgrade(const RequestView& request, const std::vector<config::HeaderRule>& rules) {
    const auto rule = find_rule(rules, "Upgrade");
    return rule != rules.end() && !expand(rule->value, request).empty() && connection_lists(request, rules, "upgrade");
}

bool rules_ask_to_close(const RequestView& request, const std::vector<config::HeaderRule>& rules) {
    return connection_lists(request, rules, "close");
}

std::string upstream_head(const RequestView& request, const std::vector<config::HeaderRule>& rules,
                          std::string_view target, config::HttpVersion version, const http::Framing& framing,
                          UpgradeHeaders upgrade, http::Persistence persistence) {
    std::string head;
    head.reserve(1024);
    head.append(request.head.method).append(" ").append(target);
    head.append(version == config::HttpVersion::http_1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");

    HeadBuilder builder(request, rules, upgrade);
    builder.copy_fields(head);
    builder.add_remaining_rules(head);
    add_framing(head, framing);
    if (upgrade == UpgradeHeaders::websocket) {
        add_field(head, "Upgrade", "websocket");
        add_field(head, "Connection", "upgrade");
    } else if (persistence == http::Persistence::close && version == config::HttpVersion::http_1_1 &&
               !names_header(rules, "Connection")) {
        add_field(head, "Connection", "close");
    }
    head.append("\r\n");
    return head;
}

}  // namespace proxy::route
