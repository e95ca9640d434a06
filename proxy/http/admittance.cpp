// Asking, and waiting in line to ask.
#include "proxy/http/admittance.hpp"

#include "proxy/http/client_watch.hpp"
#include "proxy/http/message_error.hpp"
#include "upstream/pool.hpp"
#include "upstream/random_number.hpp"

namespace proxy::http {

namespace {

using Permit = upstream::Admission::Permit;
using Outcome = upstream::WaitingLine::Place::Outcome;

// Not let in, and told when to come back.
net::Failure turned_away(Exchange& exchange, MessageError why) {
    const upstream::Pool& pool = *exchange.location->pool;
    exchange.retry_after = upstream::retry_after(pool.settings().admission, pool.live()->admission().waiting(),
                                                 static_cast<std::uint32_t>(upstream::random_number()));
    return {why, net::Party::upstream, net::Stage::connect};
}

net::Task<net::Result<Permit>> wait_in_line(Exchange& exchange, upstream::Admission::Kind kind) {
    const config::Admission& limits = exchange.location->pool->settings().admission;
    upstream::Admission& admission = exchange.location->pool->live()->admission();
    const auto place = admission.line(kind).join(limits.queue.length, exchange.executor, limits.queue.timeout);
    if (!place) co_return turned_away(exchange, MessageError::admission_queue_full);
    const ClientWatch watch(exchange.deadlines, exchange.client, [&place] { place->give_up(); });
    for (;;) {
        Outcome outcome = co_await place->turn();
        if (outcome == Outcome::called) {
            auto answer = admission.ask(kind, net::now());
            if (auto* const permit = std::get_if<Permit>(&answer)) co_return std::move(*permit);
            if (const auto* const when = std::get_if<net::TimePoint>(&answer))
                outcome = co_await place->pause(*when);
            else
                place->stay();  // those behind wait for a place as well
        }
        if (outcome == Outcome::timed_out) co_return turned_away(exchange, MessageError::admission_timed_out);
        if (outcome == Outcome::gave_up)
            co_return client_left(net::Stage::connect);
    }
}

}  // namespace

net::Task<net::Result<Permit>> be_admitted(Exchange& exchange) {
    const config::Admission& limits = exchange.location->pool->settings().admission;
    using Kind = upstream::Admission::Kind;
    const bool needs_place = exchange.upgrade != UpgradeWish::none && limits.max_handshakes > 0;
    const Kind kind = needs_place ? Kind::handshake : Kind::request;
    upstream::Admission& admission = exchange.location->pool->live()->admission();
    // Those who wait have come first. Without a rate a request waits for nobody: those whom the rate of before a reload
    // has kept leave one by one.
    const bool is_free = kind == Kind::request && !limits.rate;
    if (is_free || admission.line(kind).is_empty()) {
        auto answer = admission.ask(kind, net::now());
        if (auto* const permit = std::get_if<Permit>(&answer)) co_return std::move(*permit);
    }
    auto waited = co_await wait_in_line(exchange, kind);
    co_return waited;
}

}  // namespace proxy::http
