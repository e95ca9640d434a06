// Turning to one endpoint after the other until one of them has answered.
#include "proxy/http/forwarder.hpp"

#include "proxy/http/admittance.hpp"
#include "proxy/http/binding.hpp"
#include "proxy/http/conversation.hpp"
#include "proxy/http/endpoint_choice.hpp"
#include "proxy/http/message_error.hpp"
#include "proxy/http/reach.hpp"
#include "proxy/http/refusal.hpp"
#include "proxy/http/verdict.hpp"
#include "proxy/route/header_rules.hpp"

namespace proxy::http {

namespace {

// Whether a connection that carries this request may serve others as well.
Persistence upstream_persistence(const Exchange& exchange) {
    // A connection on which one client was announced is no one else's.
    const bool announced = exchange.location->settings->proxy_protocol != config::ProxyProtocol::off;
    const bool kept = !announced && exchange.location->pool->settings().keepalive.connections > 0 &&
                      exchange.location->settings->proxy_http_version == config::HttpVersion::http_1_1 &&
                      !route::rules_ask_to_close(exchange.view(), exchange.location->rules);
    return kept ? Persistence::keep_alive : Persistence::close;
}

// nginx counts http_500 and its kin as failures of an endpoint where proxy_next_upstream names them.
Blame blame_for_answer(const Exchange& exchange) {
    const Verdict verdict = judge({refused_with(exchange.status), net::Party::upstream, net::Stage::response_head});
    const bool named =
        verdict.retry && exchange.location->settings->proxy_next_upstream.causes.contain(*verdict.retry);
    return named ? verdict.blame : Blame::none;
}

// For what has been written down where it happened.
net::Failure explained(Exchange& exchange, const net::Failure& failure) {
    exchange.is_explained = true;
    return failure;
}

void conclude(Exchange& exchange, const EndpointChoice& choice, upstream::Lease lease, Reached reached,
              const Conversation& conversation) {
    const net::TimePoint now = net::now();
    if (blame_for_answer(exchange) == Blame::endpoint)
        choice.blame(*lease);
    else
        lease->succeeded(now);
    exchange.location->pool->answered(*lease, conversation.head_time() - reached.begun, now - reached.begun, now);
    if (exchange.tunnel) {
        exchange.tunnel->session = hold_session(exchange);
        exchange.tunnel->lease = std::move(lease);
        exchange.tunnel->port = std::move(reached.connection.port);
    } else if (conversation.leaves_connection_reusable()) {
        exchange.kept.keep(exchange.location->pool, std::move(reached.destination), std::move(reached.connection));
    } else {
        reached.connection.stream->close();
    }
}

}  // namespace

net::Task<net::Result<>> forward(Exchange& exchange) {
    if (exchange.framing.end == BodyEnd::chunked &&
        exchange.location->settings->proxy_http_version == config::HttpVersion::http_1_0)
        co_return net::Failure{MessageError::length_required, net::Party::client, net::Stage::request_head};

    net::Result<upstream::Admission::Permit> admitted{upstream::Admission::Permit()};
    if (exchange.location->pool->settings().admission.is_limited()) admitted = co_await be_admitted(exchange);
    if (!admitted) co_return admitted.error();
    exchange.binding = find_binding(exchange);
    const Persistence persistence = upstream_persistence(exchange);
    bool may_take_kept = persistence == Persistence::keep_alive;
    EndpointChoice choice(exchange);
    const Persistence wished = exchange.persistence;
    upstream::Lease lease;
    std::optional<net::Failure> last;
    for (;;) {
        if (!lease)
            if (auto next = choice.next()) lease = std::move(*next);
        if (!lease) {
            auto next = co_await choice.wait_for_next();
            if (!next && next.error().party != net::Party::upstream) co_return next.error();
            // What the last endpoint has done tells the client more than that no other could be had.
            if (!next) co_return explained(exchange, last ? *last : next.error());
            lease = std::move(*next);
        }
        upstream::Destination to = destination(exchange, *lease);
        std::optional<Reached> reached;
        if (may_take_kept) reached = take_kept(exchange, to);
        if (!reached) {
            auto attempt = begin_attempt(exchange, std::move(to));
            if (attempt && !is_complete(exchange, *attempt)) {
                auto completed = co_await finish_attempt(exchange, choice, lease, std::move(*attempt));
                attempt = std::move(completed);
            }
            if (attempt)
                reached = std::move(*attempt).reached(exchange.deadlines.now());
            else
                last = attempt.error();
        }
        bool is_repeatable = true;
        if (reached) {
            exchange.endpoint = &*lease;
            exchange.persistence = wished;  // whatever came of it in a conversation that is repeated
            const bool was_kept = reached->connection.requests > 0;
            Conversation conversation(exchange, *reached->connection.stream, persistence, choice, *admitted);
            auto result = co_await conversation.run();
            if (result) {
                conclude(exchange, choice, std::move(lease), std::move(*reached), conversation);
                co_return result;
            }
            last = result.error();
            is_repeatable = conversation.is_repeatable();
            // An upstream may end a connection while it is idle, just when a request is on its way: that says nothing
            // about the endpoint, and the request gets a connection of its own (RFC 9112, 9.3.1).
            if (was_kept && conversation.found_connection_dead(*last)) {
                if (!is_repeatable) {
                    choice.tell(*lease, *last);
                    co_return explained(exchange, *last);
                }
                may_take_kept = false;
                continue;
            }
        }
        choice.failed(*lease, *last);
        if (!is_repeatable || !choice.may_go_on(*last)) co_return explained(exchange, *last);
        lease = {};
    }
}

}  // namespace proxy::http
