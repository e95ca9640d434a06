// The table forms of `sticky`.
#include "config/sticky_text.hpp"

#include "config/toml_value_text.hpp"

namespace config {
namespace {

std::string list_of(const std::vector<Template>& variables) {
    std::string list;
    for (const auto& variable : variables) list += (list.empty() ? "" : ", ") + in_quotes(to_string(variable));
    return '[' + list + ']';
}

struct StickyText {
    std::string operator()(const NotSticky&) const { return {}; }

    std::string operator()(const StickyCookie& cookie) const {
        std::string text = "{ cookie = " + in_quotes(cookie.name);
        if (cookie.expires)
            text += ", expires = " + (*cookie.expires == expires_never ? in_quotes("max") : text_of(*cookie.expires));
        if (!cookie.domain.parts.empty()) text += ", domain = " + in_quotes(to_string(cookie.domain));
        if (cookie.httponly) text += ", httponly = true";
        if (cookie.secure) text += ", secure = true";
        if (!cookie.samesite.parts.empty()) text += ", samesite = " + in_quotes(to_string(cookie.samesite));
        if (!cookie.path.empty()) text += ", path = " + in_quotes(cookie.path);
        if (!cookie.secret.empty()) text += ", secret = " + in_quotes(cookie.secret);
        return text + " }";
    }

    std::string operator()(const StickyRoute& route) const {
        return "{ route = " + list_of(route.variables) + " }";
    }

    std::string operator()(const StickyLearn& learn) const {
        return "{ learn = true, create = " + list_of(learn.create) + ", lookup = " + list_of(learn.lookup) +
               ", zone = " + in_quotes(learn.zone + ':' + std::to_string(learn.size)) +
               ", timeout = " + text_of(learn.timeout) + " }";
    }
};

}  // namespace

std::string text_of(const Sticky& sticky) {
    return std::visit(StickyText{}, sticky);
}

}  // namespace config
