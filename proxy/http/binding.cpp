// One overload for each form of `sticky`.
#include "proxy/http/binding.hpp"

#include "proxy/http/cookie.hpp"
#include "proxy/route/variables.hpp"

namespace proxy::http {

namespace {

// The mark of the first text that is not empty.
std::optional<upstream::Mark> mark_of_first(const std::vector<config::Template>& texts, const route::RequestView& view,
                                            const upstream::MarkKey& key) {
    for (const config::Template& text : texts)
        if (const std::string value = route::expand(text, view); !value.empty()) return key.mark(value);
    return std::nullopt;
}

struct Finder {
    const Exchange& exchange;
    upstream::Pool& pool;

    Binding operator()(const config::NotSticky&) const { return {}; }

    Binding operator()(const config::StickyCookie& cookie) const {
        return {upstream::mark_from_hex(route::cookie(exchange.view(), cookie.name))};
    }

    Binding operator()(const config::StickyRoute& route) const {
        return {mark_of_first(route.variables, exchange.view(), pool.mark_key())};
    }

    Binding operator()(const config::StickyLearn& learn) const {
        const auto session = mark_of_first(learn.lookup, exchange.view(), pool.mark_key());
        if (!session) return {};
        return {pool.live()->sessions().find(*session, net::now()), session};
    }
};

struct Binder {
    Exchange& exchange;
    upstream::Pool& pool;
    ResponseHead& head;

    // The backend sees to it that its clients know their route.
    void operator()(const config::NotSticky&) const {}
    void operator()(const config::StickyRoute&) const {}

    // A client that has the cookie already needs it again only where its time is to run anew.
    void operator()(const config::StickyCookie& cookie) const {
        const upstream::Mark mark = pool.mark_of(exchange.worker, *exchange.endpoint);
        if (exchange.binding.mark == mark && !cookie.expires) return;
        const route::RequestView view = exchange.view();
        const CookieValues values{upstream::to_hex(mark), route::expand(cookie.domain, view),
                                  route::expand(cookie.samesite, view)};
        head.fields.add("Set-Cookie", set_cookie(cookie, values, std::time(nullptr)));
    }

    void operator()(const config::StickyLearn& learn) const {
        route::RequestView view = exchange.view();
        view.response = &head;
        const auto created = mark_of_first(learn.create, view, pool.mark_key());
        if (created) exchange.binding.session = created;
        if (!exchange.binding.session) return;
        const auto mark = pool.mark_of(exchange.worker, *exchange.endpoint);
        const auto change = created ? &upstream::Sessions::learn : &upstream::Sessions::refresh;
        (pool.live()->sessions().*change)(*exchange.binding.session, mark, net::now());
    }
};

}  // namespace

Binding find_binding(const Exchange& exchange) {
    upstream::Pool& pool = *exchange.location->pool;
    return std::visit(Finder{exchange, pool}, pool.settings().sticky);
}

void bind_client(Exchange& exchange, ResponseHead& head) {
    upstream::Pool& pool = *exchange.location->pool;
    std::visit(Binder{exchange, pool, head}, pool.settings().sticky);
}

std::unique_ptr<upstream::SessionHold> hold_session(const Exchange& exchange) {
    if (!exchange.binding.session) return nullptr;
    return std::make_unique<upstream::SessionHold>(exchange.location->pool->live(), *exchange.binding.session);
}

}  // namespace proxy::http
