// Choosing and connecting to an endpoint, then conducting the exchange with it.
#include "proxy/http/forwarder.hpp"

#include <boost/asio/error.hpp>

#include "proxy/http/conversation.hpp"
#include "proxy/http/message_error.hpp"
#include "proxy/http/verdict.hpp"
#include "proxy/observe/error_log.hpp"
#include "proxy/route/variables.hpp"
#include "upstream/connector.hpp"

namespace proxy::http {

namespace {

struct Connected {
    upstream::Lease lease;
    std::unique_ptr<net::Stream> stream;
};

void log_failure(const Exchange& exchange, const upstream::Endpoint& endpoint, const net::Failure& failure) {
    observe::log(judge(failure).level, exchange.connection,
                 net::to_string(failure) + ", client: " + exchange.address.remote_host + ", request: \"" +
                     exchange.head->method + " " + exchange.target.origin + "\", upstream: \"" + endpoint.name() + "\"");
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

// The handshake has proxy_connect_timeout for itself, as in nginx.
net::Task<net::IoResult<>> start_tls(Exchange& exchange, const upstream::Endpoint& endpoint, net::Stream& stream) {
    const config::LocationSettings& settings = *exchange.location->settings;
    std::string name = settings.proxy_ssl.name.parts.empty() ? route::host_of(settings.proxy_pass->host)
                                                             : route::expand(settings.proxy_ssl.name, exchange.view());
    auto secured = co_await stream.start_tls(exchange.location->tls->new_session(endpoint.name(), name),
                                             settings.proxy_connect_timeout);
    co_return secured;
}

net::Task<net::Result<Connected>> connect_to_some_endpoint(Exchange& exchange) {
    const config::LocationSettings& settings = *exchange.location->settings;
    std::vector<const upstream::Endpoint*> tried;
    net::Failure last{MessageError::no_live_endpoint, net::Party::upstream, net::Stage::connect};
    for (;;) {
        auto lease = exchange.location->pool->pick(exchange.worker, {exchange.address.remote_binary}, net::Clock::now(), tried);
        if (!lease) {
            observe::log(config::LogLevel::error, exchange.connection,
                         "no live upstreams while connecting to upstream \"" +
                             exchange.location->pool->settings().name + "\"");
            co_return last;
        }
        upstream::Endpoint& endpoint = **lease;
        tried.push_back(&endpoint);
        auto stream = co_await upstream::connect(exchange.executor, exchange.deadlines, endpoint.address(),
                                                 settings.proxy_connect_timeout);
        if (stream && exchange.location->tls) {
            auto secured = co_await start_tls(exchange, endpoint, **stream);
            if (!secured) stream = secured.error();
        }
        if (stream) co_return Connected{std::move(*lease), std::move(*stream)};
        last = {stream.error(), culprit(stream.error()), net::Stage::connect};
        log_failure(exchange, endpoint, last);
        if (last.party == net::Party::upstream) endpoint.failed(net::Clock::now());
        if (judge(last).retry == Retry::never) co_return last;
    }
}

}  // namespace

net::Task<net::Result<>> forward(Exchange& exchange) {
    if (exchange.framing.end == BodyEnd::chunked &&
        exchange.location->settings->proxy_http_version == config::HttpVersion::http_1_0)
        co_return net::Failure{MessageError::length_required, net::Party::client, net::Stage::request_head};

    auto connected = co_await connect_to_some_endpoint(exchange);
    if (!connected) co_return connected.error();
    upstream::Endpoint& endpoint = *connected->lease;

    Conversation conversation(exchange, *connected->stream);
    auto result = co_await conversation.run();
    if (!result) {
        log_failure(exchange, endpoint, result.error());
        if (result.error().party == net::Party::upstream) endpoint.failed(net::Clock::now());
        co_return result;
    }
    endpoint.succeeded();
    if (exchange.tunnel)
        exchange.tunnel->lease = std::move(connected->lease);
    else
        connected->stream->close();
    co_return result;
}

}  // namespace proxy::http
