// Choosing and connecting to an endpoint, then conducting the exchange with it.
#include "proxy/http/forwarder.hpp"

#include <boost/asio/error.hpp>

#include "proxy/http/admittance.hpp"
#include "proxy/http/binding.hpp"
#include "proxy/http/client_watch.hpp"
#include "proxy/http/conversation.hpp"
#include "proxy/http/endpoint_choice.hpp"
#include "proxy/http/message_error.hpp"
#include "proxy/http/refusal.hpp"
#include "proxy/http/verdict.hpp"
#include "proxy/observe/error_log.hpp"
#include "proxy/route/header_rules.hpp"
#include "proxy/route/variables.hpp"
#include "upstream/connector.hpp"
#include "upstream/proxy_protocol.hpp"

namespace proxy::http {

namespace {

struct Reached {
    upstream::Destination destination;
    upstream::UpstreamConnection connection;
    net::TimePoint begun;  // when it was turned to
};

void log_failure(const Exchange& exchange, const upstream::Endpoint& endpoint, const net::Failure& failure) {
    observe::log(judge(failure).level, exchange.connection,
                 net::to_string(failure) + ", client: " + exchange.address.remote_host + ", request: \"" +
                     exchange.head->method + " " + exchange.target.origin + "\", upstream: \"" + endpoint.name() + "\"");
}

void log_scarce_ports(const Exchange& exchange, const upstream::Endpoint& endpoint,
                      const upstream::SourcePorts::Taken& port) {
    observe::log(config::LogLevel::warn, exchange.connection,
                 std::to_string(port.held) + " of " +
                     std::to_string(upstream::SourcePorts::of_process().ports_of_each_pair()) +
                     " local ports towards " + endpoint.name() + " are in use" +
                     (port.source ? " by " + net::host_text(*port.source) : "") +
                     "; widen net.ipv4.ip_local_port_range or add addresses to proxy_bind");
}

// Running out of descriptors, memory or ports is the proxy's own trouble, whichever endpoint it is met with: to blame
// the endpoints would take all of them out.
net::Party culprit(const net::ErrorCode& error) {
    namespace codes = boost::asio::error;
    const bool own = error == codes::no_descriptors || error == codes::no_memory || error == codes::no_buffer_space ||
                     error == boost::system::errc::too_many_files_open_in_system ||
                     error == boost::system::errc::address_not_available;
    return own ? net::Party::self : net::Party::upstream;
}

// Whether a connection that carries this request may serve others as well.
Persistence upstream_persistence(const Exchange& exchange) {
    // A connection on which one client was announced is no one else's.
    const bool announced = exchange.location->settings->proxy_protocol != config::ProxyProtocol::off;
    const bool kept = !announced && exchange.location->pool->settings().keepalive.connections > 0 &&
                      exchange.location->settings->proxy_http_version == config::HttpVersion::http_1_1 &&
                      !route::rules_ask_to_close(exchange.view(), exchange.location->rules);
    return kept ? Persistence::keep_alive : Persistence::close;
}

upstream::Destination destination(const Exchange& exchange, const upstream::Endpoint& endpoint) {
    const route::RoutedLocation& location = *exchange.location;
    const config::LocationSettings& settings = *location.settings;
    // One that is bound to a source address is no other location's, whatever `keepalive` says.
    const bool shared = location.sources.empty() &&
                        location.pool->settings().keepalive.scope == config::KeepAliveScope::upstream;
    upstream::Destination made{endpoint.address(), shared ? 0 : location.number, location.tls, {}};
    if (location.tls)
        made.tls_name = settings.proxy_ssl.name.parts.empty() ? route::host_of(settings.proxy_pass->host)
                                                              : route::expand(settings.proxy_ssl.name, exchange.view());
    return made;
}

// TCP, and what the location asks for on it: the PROXY protocol, TLS. Each step has a time for itself.
net::Task<net::IoResult<>> connect_stream(net::Stream& stream, Exchange& exchange, const upstream::Endpoint& endpoint,
                                          const upstream::Destination& destination) {
    const config::LocationSettings& settings = *exchange.location->settings;
    auto connected = co_await upstream::connect(stream, destination.address, settings.proxy_connect_timeout);
    if (!connected) co_return connected;
    if (settings.proxy_protocol != config::ProxyProtocol::off) {
        const route::ClientAddress& client = exchange.address;
        const std::string header = upstream::proxy_protocol_header(
            settings.proxy_protocol,
            upstream::client_ends(client.remote_host, client.remote_port, client.local_host, client.local_port));
        auto announced = co_await stream.write(header, settings.proxy_send_timeout);
        if (!announced) co_return announced;
    }
    if (!exchange.location->tls) co_return connected;
    net::SslHandle session = exchange.location->tls->new_session(endpoint.name(), destination.tls_name);
    auto secured = co_await stream.start_tls(std::move(session), settings.proxy_ssl_handshake_timeout);
    co_return secured;
}

// A connection of its own for this request, given up when the client goes away.
net::Task<net::Result<upstream::UpstreamConnection>> connect(Exchange& exchange, const upstream::Endpoint& endpoint,
                                                             const upstream::Destination& destination) {
    auto port = upstream::SourcePorts::of_process().take(exchange.location->sources, destination.address);
    if (port.newly_scarce) log_scarce_ports(exchange, endpoint, port);
    auto stream = upstream::open(exchange.executor, exchange.deadlines, destination.address, port.source);
    if (!stream) co_return net::Failure{stream.error(), culprit(stream.error()), net::Stage::connect};
    const ClientWatch watch(exchange.deadlines, exchange.client, **stream);
    auto connected = co_await connect_stream(**stream, exchange, endpoint, destination);
    if (connected)
        co_return upstream::UpstreamConnection{std::move(*stream), exchange.deadlines.now(), std::move(port.hold)};
    if (watch.client_gone())
        co_return net::Failure{boost::asio::error::connection_reset, net::Party::client, net::Stage::connect};
    co_return net::Failure{connected.error(), culprit(connected.error()), net::Stage::connect};
}

enum class Reuse { allowed, forbidden };

// A connection to that endpoint: a kept one, or one of its own.
net::Task<net::Result<Reached>> reach(Exchange& exchange, const upstream::Endpoint& endpoint, Reuse reuse) {
    const net::TimePoint begun = net::Clock::now();
    upstream::Destination wanted = destination(exchange, endpoint);
    if (reuse == Reuse::allowed)
        if (auto kept = exchange.kept.take(exchange.location->pool, wanted))
            co_return Reached{std::move(wanted), std::move(*kept), begun};
    auto connected = co_await connect(exchange, endpoint, wanted);
    if (!connected) co_return connected.error();
    co_return Reached{std::move(wanted), std::move(*connected), begun};
}

// nginx counts http_500 and its kin as failures of an endpoint where proxy_next_upstream names them.
Blame blame_for_answer(const Exchange& exchange) {
    const Verdict verdict = judge({refused_with(exchange.status), net::Party::upstream, net::Stage::response_head});
    const bool named =
        verdict.retry && exchange.location->settings->proxy_next_upstream.causes.contain(*verdict.retry);
    return named ? verdict.blame : Blame::none;
}

void conclude(Exchange& exchange, upstream::Lease lease, Reached reached, const Conversation& conversation) {
    const net::TimePoint now = net::Clock::now();
    if (blame_for_answer(exchange) == Blame::endpoint)
        lease->failed(now);
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

    auto admitted = co_await be_admitted(exchange);
    if (!admitted) co_return admitted.error();
    exchange.binding = find_binding(exchange);
    const Persistence persistence = upstream_persistence(exchange);
    Reuse reuse = persistence == Persistence::keep_alive ? Reuse::allowed : Reuse::forbidden;
    EndpointChoice choice(exchange);
    upstream::Lease lease;
    std::optional<net::Failure> last;
    for (;;) {
        if (!lease) {
            auto next = co_await choice.next();
            if (!next) co_return next.error().code == MessageError::no_live_endpoint && last ? *last : next.error();
            lease = std::move(*next);
        }
        auto reached = co_await reach(exchange, *lease, reuse);
        bool is_repeatable = true;
        if (reached) {
            exchange.endpoint = &*lease;
            const bool was_kept = reached->connection.requests > 0;
            Conversation conversation(exchange, *reached->connection.stream, persistence, choice);
            auto result = co_await conversation.run();
            if (result) {
                conclude(exchange, std::move(lease), std::move(*reached), conversation);
                co_return result;
            }
            last = result.error();
            is_repeatable = conversation.is_repeatable();
            // An upstream may end a connection while it is idle, just when a request is on its way: that says nothing
            // about the endpoint, and the request gets a connection of its own (RFC 9112, 9.3.1).
            if (was_kept && is_repeatable && conversation.found_connection_dead(*last)) {
                reuse = Reuse::forbidden;
                continue;
            }
        } else {
            last = reached.error();
        }
        log_failure(exchange, *lease, *last);
        if (judge(*last).blame == Blame::endpoint) lease->failed(net::Clock::now());
        if (!is_repeatable || !choice.may_go_on(*last)) co_return *last;
        lease = {};
    }
}

}  // namespace proxy::http
