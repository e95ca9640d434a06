// Picking, or waiting in line to pick.
#include "proxy/http/endpoint_choice.hpp"

#include <algorithm>

#include "proxy/http/client_watch.hpp"
#include "proxy/http/message_error.hpp"
#include "proxy/http/verdict.hpp"
#include "proxy/observe/error_log.hpp"
#include "proxy/observe/outage.hpp"
#include "proxy/route/variables.hpp"

namespace proxy::http {

namespace {

// Of two records of a service (SRV), others may have the same host: another port, or another priority.
bool are_one_server(const upstream::Endpoint& one, const upstream::Endpoint& other) {
    return one.configured_name() == other.configured_name() &&
           net::port_of(one.address()) == net::port_of(other.address()) && one.backup() == other.backup();
}

}  // namespace

EndpointChoice::EndpointChoice(const Exchange& exchange)
    : exchange_(exchange), pool_(*exchange.location->pool), begun_(exchange.deadlines.now()) {
    if (const auto* hash = std::get_if<config::Hash>(&pool_.settings().balance))
        hashed_ = route::expand(hash->key, exchange.view());
}

std::optional<upstream::Lease> EndpointChoice::pick() {
    const upstream::PickKey key{exchange_.address.remote_binary, hashed_, exchange_.binding.mark};
    auto lease = pool_.pick(exchange_.worker, key, net::now(), tried_);
    if (lease) tried_.push_back(lease->endpoint());
    return lease;
}

std::optional<upstream::Lease> EndpointChoice::other_family(const upstream::Endpoint& endpoint) {
    const net::TimePoint now = net::now();
    const auto& all = pool_.snapshot(exchange_.worker).endpoints;
    const auto other = std::find_if(all.begin(), all.end(), [&](const std::shared_ptr<upstream::Endpoint>& candidate) {
        return are_one_server(*candidate, endpoint) &&
               candidate->address().protocol() != endpoint.address().protocol() &&
               upstream::may_take(*candidate, now, tried_);
    });
    if (other == all.end()) return std::nullopt;
    auto lease = upstream::Lease::take(*other, now);
    if (lease) tried_.push_back(*other);
    return lease;
}

void EndpointChoice::tell(const upstream::Endpoint& endpoint, const net::Failure& failure) const {
    observe::log(judge(failure).level, exchange_.connection,
                 net::to_string(failure) + exchange_.in_words() + ", upstream: \"" + endpoint.name() + '"');
}

void EndpointChoice::failed(upstream::Endpoint& endpoint, const net::Failure& failure) const {
    tell(endpoint, failure);
    if (judge(failure).blame == Blame::endpoint) blame(endpoint);
}

void EndpointChoice::blame(upstream::Endpoint& endpoint) const {
    observe::log_outage(endpoint, endpoint.failed(net::now()), exchange_.connection);
}

bool EndpointChoice::may_go_on(const net::Failure& failure) const {
    const config::NextUpstream& allowed = exchange_.location->settings->proxy_next_upstream;
    const auto cause = judge(failure).retry;
    return cause && allowed.causes.contain(*cause) && (allowed.tries == 0 || tried_.size() < allowed.tries) &&
           (allowed.timeout == net::Duration::zero() || exchange_.deadlines.now() - begun_ < allowed.timeout);
}

bool EndpointChoice::has_another() const {
    return (!pool_.settings().queue || pool_.live()->line().is_empty()) &&
           pool_.has(upstream::Endpoint::Obstacle::none, exchange_.worker, net::now(), tried_);
}

net::Failure EndpointChoice::refused(net::ErrorCode error) const {
    if (tried_.empty())  // otherwise there is a line of why they failed
        observe::log(config::LogLevel::error, exchange_.connection,
                     error.message() + " while connecting to upstream \"" + pool_.settings().name + '"' + exchange_.in_words());
    return {error, net::Party::upstream, net::Stage::connect};
}

std::optional<upstream::Lease> EndpointChoice::next() {
    // Those who wait have come first.
    if (pool_.settings().queue && !pool_.live()->line().is_empty()) return std::nullopt;
    return pick();
}

net::Task<net::Result<upstream::Lease>> EndpointChoice::wait_for_next() {
    if (!pool_.settings().queue) co_return refused(MessageError::no_live_endpoint);
    using Outcome = upstream::WaitingLine::Place::Outcome;
    const config::Queue& queue = *pool_.settings().queue;
    const auto place = pool_.live()->line().join(queue.length, exchange_.executor, queue.timeout);
    if (!place) co_return refused(MessageError::queue_full);
    const ClientWatch watch(exchange_.deadlines, exchange_.client, [&place] { place->give_up(); });
    for (;;) {
        const Outcome outcome = co_await place->turn();
        if (outcome == Outcome::timed_out) co_return refused(MessageError::queue_timed_out);
        if (outcome == Outcome::gave_up)
            co_return client_left(net::Stage::connect);
        if (auto lease = pick()) co_return std::move(*lease);
        // Waiting helps only where a lease that is given back makes room.
        if (!pool_.has(upstream::Endpoint::Obstacle::full, exchange_.worker, net::now(), tried_))
            co_return refused(MessageError::no_live_endpoint);
        place->pass();
    }
}

}  // namespace proxy::http
