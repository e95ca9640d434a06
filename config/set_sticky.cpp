// The `sticky` line of an upstream block.
#include "config/arguments.hpp"
#include "config/letter_case.hpp"
#include "config/setters.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <cctype>

namespace config {
namespace {

constexpr std::uint64_t min_zone = 32 * 1024;
constexpr std::size_t min_secret = 16;

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

// RFC 6265, 4.1.1: av-octets.
bool is_attribute_value(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char c) { return c >= ' ' && c < 0x7f && c != ';'; });
}

std::optional<Template> read_template(const Argument& argument, Report& report) {
    auto parsed = parse_template(argument.text);
    if (parsed.error.empty()) return std::move(parsed.value);
    report.error(argument.span, std::move(parsed.error), std::move(parsed.hint));
    return std::nullopt;
}

// One variable and nothing else.
void add_variable(const Argument& argument, std::vector<Template>& variables, Report& report) {
    auto text = read_template(argument, report);
    if (!text) return;
    if (text->parts.size() == 1 && text->parts.front().variable)
        variables.push_back(std::move(*text));
    else
        report.error(argument.span, "invalid variable \"" + argument.text + '"',
                     "it is one variable: $cookie_NAME");
}

class CookieReader {
  public:
    CookieReader(StickyCookie& cookie, Report& report) : cookie_(cookie), report_(report) {}

    void read(const Argument& argument) {
        if (argument.text == "httponly") {
            cookie_.httponly = true;
        } else if (argument.text == "secure") {
            cookie_.secure = true;
        } else if (const auto time = value_of(argument, "expires")) {
            cookie_.expires = time->text == "max" ? expires_never : read_duration(*time, report_);
        } else if (const auto domain = value_of(argument, "domain")) {
            cookie_.domain = read_attribute(*domain).value_or(Template{});
        } else if (const auto path = value_of(argument, "path")) {
            cookie_.path = path->text;
            if (!is_attribute_value(path->text)) refuse(*path);
        } else if (const auto samesite = value_of(argument, "samesite")) {
            read_samesite(*samesite);
        } else if (const auto secret = value_of(argument, "secret")) {
            cookie_.secret = secret->text;
            if (secret->text.size() < min_secret)
                report_.error(secret->span, "the secret is too short", "16 characters or more: openssl rand -hex 32");
        } else {
            report_unknown_parameter(argument, sticky_parameters(), report_);
        }
    }

  private:
    void refuse(const Argument& value) {
        report_.error(value.span, "invalid value \"" + value.text + '"',
                      "an attribute of a cookie holds neither ; nor control characters");
    }

    std::optional<Template> read_attribute(const Argument& value) {
        if (is_attribute_value(value.text)) return read_template(value, report_);
        refuse(value);
        return std::nullopt;
    }

    void read_samesite(const Argument& value) {
        auto text = read_attribute(value);
        if (!text) return;
        cookie_.samesite = std::move(*text);
        const bool is_literal = value.text.find('$') == std::string::npos;
        if (is_literal && !is_samesite(value.text))
            report_.error(value.span, "invalid value \"" + value.text + '"',
                          "it is strict, lax, none or a variable");
    }

    StickyCookie& cookie_;
    Report& report_;
};

void set_cookie(const Node& node, Scope& scope) {
    const auto& arguments = node.arguments;
    StickyCookie cookie{arguments[1].text};
    if (!is_token(cookie.name))
        scope.report.error(arguments[1].span, "invalid name of a cookie", "letters, digits, - and _ are safe");
    CookieReader reader(cookie, scope.report);
    for (std::size_t i = 2; i < arguments.size(); ++i) reader.read(arguments[i]);
    scope.upstream->sticky = std::move(cookie);
}

void set_route(const Node& node, Scope& scope) {
    StickyRoute route;
    for (std::size_t i = 1; i < node.arguments.size(); ++i)
        add_variable(node.arguments[i], route.variables, scope.report);
    scope.upstream->sticky = std::move(route);
}

bool is_zone_taken(const Model& model, const std::string& name) {
    return std::any_of(model.upstreams.begin(), model.upstreams.end(), [&](const Upstream& other) {
        const auto* learn = std::get_if<StickyLearn>(&other.sticky);
        return learn && learn->zone == name;
    });
}

void read_zone(const Argument& value, StickyLearn& learn, Scope& scope) {
    const auto colon = value.text.find(':');
    if (colon == 0 || colon == std::string::npos) {
        scope.report.error(value.span, "invalid zone \"" + value.text + '"', "write zone=NAME:SIZE");
        return;
    }
    learn.zone = value.text.substr(0, colon);
    if (is_zone_taken(scope.model, learn.zone))
        scope.report.error(value.span, "another upstream has the zone \"" + learn.zone + '"');
    const auto size = read_size({value.text.substr(colon + 1), value.span}, scope.report);
    if (!size) return;
    learn.size = *size;
    if (*size < min_zone) scope.report.error(value.span, "the zone is too small", "32k or more");
}

void read_learn(const Argument& argument, StickyLearn& learn, Scope& scope) {
    if (const auto create = value_of(argument, "create")) {
        add_variable(*create, learn.create, scope.report);
    } else if (const auto lookup = value_of(argument, "lookup")) {
        add_variable(*lookup, learn.lookup, scope.report);
    } else if (const auto zone = value_of(argument, "zone")) {
        read_zone(*zone, learn, scope);
    } else if (const auto timeout = value_of(argument, "timeout")) {
        learn.timeout = read_duration(*timeout, scope.report).value_or(learn.timeout);
        if (learn.timeout <= 0ms) scope.report.error(timeout->span, "the timeout is to be longer than nothing");
    } else if (argument.text != "header") {  // a session is always learned when the head of the response comes
        report_unknown_parameter(argument, sticky_parameters(), scope.report);
    }
}

void set_learn(const Node& node, Scope& scope) {
    StickyLearn learn;
    const auto before = scope.report.error_count();
    for (std::size_t i = 1; i < node.arguments.size(); ++i) read_learn(node.arguments[i], learn, scope);
    if (scope.report.error_count() == before && (learn.create.empty() || learn.lookup.empty() || learn.size == 0))
        scope.report.error(node.span, "\"sticky learn\" is incomplete",
                           "it takes create=$VARIABLE, lookup=$VARIABLE and zone=NAME:SIZE");
    scope.upstream->sticky = std::move(learn);
}

}  // namespace

bool is_samesite(std::string_view value) {
    return same_name(value, "strict") || same_name(value, "lax") || same_name(value, "none");
}

void set_sticky(const Node& node, Scope& scope) {
    const auto method = read_word(node.arguments[0], {"cookie", "route", "learn"}, scope.report);
    if (!method) return;
    constexpr Setter setters[] = {set_cookie, set_route, set_learn};
    setters[*method](node, scope);
}

}  // namespace config
