// Connecting under deadlines, one address or two at once.
#include "proxy/http/reach.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "proxy/http/client_watch.hpp"
#include "proxy/observe/error_log.hpp"
#include "proxy/route/variables.hpp"
#include "upstream/connect/connector.hpp"
#include "upstream/connect/proxy_protocol.hpp"

namespace proxy::http {

namespace {

// RFC 8305, section 5: the Connection Attempt Delay.
constexpr net::Duration head_start{250};

net::Failure connect_failure(const net::ErrorCode& error) {
    return {error, upstream::culprit(error), net::Stage::connect};
}

net::Task<> wait_for(Attempt& attempt, net::Duration limit) {
    if (attempt.is_under_way()) attempt.outcome = co_await attempt.stream->wait_connected(limit);
}

// Each of two ends the other when it has connected.
net::Task<> compete(Attempt& own, net::Duration limit, Attempt& other) {
    co_await wait_for(own, limit);
    if (own.outcome) other.stream->cancel();
}

bool needs_introduction(const Exchange& exchange) {
    return exchange.location->tls || exchange.location->settings->proxy_protocol != config::ProxyProtocol::off;
}

// What follows the connection: the PROXY protocol, TLS. Each step has a time for itself.
net::Task<net::IoResult<>> introduce(Exchange& exchange, const upstream::Endpoint& endpoint, const Attempt& attempt) {
    const config::LocationSettings& settings = *exchange.location->settings;
    net::Stream& stream = *attempt.stream;
    if (settings.proxy_protocol != config::ProxyProtocol::off) {
        const route::ClientAddress& client = exchange.address;
        const std::string header = upstream::proxy_protocol_header(
            settings.proxy_protocol,
            upstream::client_ends(client.remote_host, client.remote_port, client.local_host, client.local_port));
        auto announced = co_await stream.write(header, settings.proxy_send_timeout);
        if (!announced) co_return announced;
    }
    if (!exchange.location->tls) co_return net::IoResult<>();
    net::SslHandle session = exchange.location->tls->new_session(endpoint.name(), attempt.destination.tls_name);
    auto secured = co_await stream.start_tls(std::move(session), settings.proxy_ssl_handshake_timeout);
    co_return secured;
}

// A connection of its own for one request.
class Connecting {
 public:
    Connecting(Exchange& exchange, EndpointChoice& choice, upstream::Lease& lease, Attempt attempt)
        : exchange_(exchange), choice_(choice), lease_(lease), attempt_(std::move(attempt)) {}

    net::Task<net::Result<Attempt>> run() {
        const ClientWatch watch(exchange_.deadlines, exchange_.client, [this] { cancel(); });
        co_await connect(watch);
        if (!watch.client_gone()) settle();
        net::IoResult<> done = attempt_.outcome;
        if (done) {
            const auto introduced = co_await introduce(exchange_, *lease_, attempt_);
            done = introduced;
        }
        if (watch.client_gone() && !done)
            co_return client_left(net::Stage::connect);
        if (!done) co_return connect_failure(done.error());
        co_return std::move(attempt_);
    }

 private:
    // The first address alone, for as long as its head start lasts or as it has no rival.
    net::Task<> connect(const ClientWatch& watch) {
        const net::Duration whole = exchange_.location->settings->proxy_connect_timeout;
        const bool is_long = whole <= net::Duration::zero() || whole > head_start;
        co_await wait_for(attempt_, is_long ? head_start : whole);
        if (attempt_.outcome || watch.client_gone()) co_return;
        const bool may_still_come = is_long && attempt_.outcome.error() == boost::asio::error::timed_out;
        const net::Duration left = may_still_come && whole > net::Duration::zero() ? whole - head_start : whole;
        if (may_still_come) attempt_.outcome = net::ErrorCode(boost::asio::error::in_progress);
        add_rival();
        using namespace boost::asio::experimental::awaitable_operators;
        if (rival_)
            co_await (compete(attempt_, left, *rival_) && compete(*rival_, left, attempt_));
        else
            co_await wait_for(attempt_, left);
    }

    void add_rival() {
        auto lease = choice_.other_family(*lease_);
        if (!lease) return;
        auto attempt = begin_attempt(exchange_, destination(exchange_, **lease));
        if (!attempt) return choice_.failed(**lease, attempt.error());
        rival_lease_ = std::move(*lease);
        rival_.emplace(std::move(*attempt));
    }

    // The one that goes on is the one that connected, and without any the one that came last. An address that another
    // one has overtaken in spite of its head start has failed: otherwise each request would wait for it anew.
    void settle() {
        if (!rival_) return;
        if (!attempt_.outcome) {
            std::swap(attempt_, *rival_);
            std::swap(lease_, rival_lease_);
        } else if (rival_->outcome || rival_->outcome.error() == boost::asio::error::operation_aborted) {
            return;
        }
        const net::ErrorCode error = rival_->outcome.error();
        const bool overtaken = error == boost::asio::error::operation_aborted;
        if (overtaken && rival_->stream->is_connected()) return;  // it was just as fast, and heard of it later
        choice_.failed(*rival_lease_, connect_failure(overtaken ? net::ErrorCode(boost::asio::error::timed_out) : error));
    }

    void cancel() {
        attempt_.stream->cancel();
        if (rival_) rival_->stream->cancel();
    }

    Exchange& exchange_;
    EndpointChoice& choice_;
    upstream::Lease& lease_;
    Attempt attempt_;
    upstream::Lease rival_lease_;
    std::optional<Attempt> rival_;
};

}  // namespace

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

std::optional<Reached> take_kept(Exchange& exchange, upstream::Destination& to) {
    auto kept = exchange.kept.take(exchange.location->pool, to);
    if (!kept) return std::nullopt;
    return Reached{std::move(to), std::move(*kept), net::now()};
}

bool Attempt::is_under_way() const { return !outcome && outcome.error() == boost::asio::error::in_progress; }

Reached Attempt::reached(net::TimePoint now) && {
    return {std::move(destination), {std::move(stream), now, std::move(port)}, begun};
}

net::Result<Attempt> begin_attempt(Exchange& exchange, upstream::Destination to) {
    upstream::SourcePorts& ports = upstream::SourcePorts::of_process();
    auto port = ports.take(exchange.location->sources, to.address);
    if (port.newly_scarce) observe::log(config::LogLevel::warn, exchange.connection, ports.scarcity(port, to.address));
    auto stream = upstream::open(exchange.executor, exchange.deadlines, to.address, port.source);
    if (!stream) return connect_failure(stream.error());
    const net::TimePoint begun = net::now();
    const auto outcome = upstream::begin_connect(**stream, to.address);
    return Attempt{std::move(to), std::move(port.hold), std::move(*stream), begun, outcome};
}

bool is_complete(const Exchange& exchange, const Attempt& attempt) {
    return attempt.outcome && !needs_introduction(exchange);
}

net::Task<net::Result<Attempt>> finish_attempt(Exchange& exchange, EndpointChoice& choice, upstream::Lease& lease,
                                               Attempt attempt) {
    Connecting connecting(exchange, choice, lease, std::move(attempt));
    auto connected = co_await connecting.run();
    co_return connected;
}

}  // namespace proxy::http
