// The story of one connection: requests in turn, each answered, forwarded or turned into a tunnel.
#include "proxy/connection.hpp"

#include <boost/asio/error.hpp>

#include "proxy/accept/tls_handshake.hpp"
#include "proxy/exchange.hpp"
#include "proxy/http/error_response.hpp"
#include "proxy/http/forwarder.hpp"
#include "proxy/http/linger.hpp"
#include "proxy/http/message_error.hpp"
#include "proxy/http/verdict.hpp"
#include "proxy/lifecycle/worker.hpp"
#include "proxy/observe/error_log.hpp"
#include "proxy/observe/metrics.hpp"
#include "proxy/route/header_rules.hpp"
#include "proxy/websocket/handshake.hpp"

namespace proxy {

namespace {

using http::MessageError;
using http::Persistence;
using net::Failure;
using net::Party;
using net::Stage;

route::ClientAddress client_address(const net::SocketAddress& remote, const net::SocketAddress& local) {
    return {net::host_text(remote), net::port_of(remote), net::host_text(local), net::port_of(local),
            net::binary_host(remote)};
}

http::HeadLimits head_limits(const config::RequestLimits& limits) {
    return {limits.header_buffer_size, limits.header_buffers * limits.header_buffer_size, limits.max_headers};
}

// Whether the client lets the connection be used again (RFC 9112, 9.3).
Persistence wished_persistence(const http::RequestHead& head) {
    if (head.fields.lists("Connection", "close")) return Persistence::close;
    const bool persistent =
        head.version == http::Version::http_1_1 || head.fields.lists("Connection", "keep-alive");
    return persistent ? Persistence::keep_alive : Persistence::close;
}

observe::AccessRecord access_record(const Exchange& exchange) {
    if (exchange.location->logs->empty()) return {};
    if (exchange.head == nullptr) return {exchange.location->logs, exchange.address.remote_host, "", "", ""};
    const http::RequestHead& head = *exchange.head;
    return {exchange.location->logs, exchange.address.remote_host, head.line(),
            head.fields.find("Referer").value_or(""), head.fields.find("User-Agent").value_or("")};
}

// How a request wants to be upgraded, judged where WebSocket is native to the location.
net::IoResult<UpgradeWish> judge_upgrade(const Exchange& exchange) {
    if (exchange.location->settings->proxy_websocket == config::WebSocketMode::header_rules)
        return route::rules_ask_for_upgrade(exchange.view(), exchange.location->rules) ? UpgradeWish::by_rules
                                                                                       : UpgradeWish::none;
    if (!websocket::asks_for_websocket(*exchange.head)) return UpgradeWish::none;
    if (const net::ErrorCode error = websocket::judge_request(*exchange.head)) return error;
    return UpgradeWish::websocket;
}

// Everything about a request that can be judged before it is forwarded. Fills the exchange as far as it gets.
net::ErrorCode examine(Exchange& exchange, const route::ListenerServers& servers) {
    const http::RequestHead& head = *exchange.head;
    const auto framing = http::request_framing(head);
    if (!framing) return framing.error();
    exchange.framing = *framing;
    exchange.reader.expect_body(*framing);

    auto target = http::examine_target(head);
    if (!target) return target.error();
    exchange.target = std::move(*target);
    exchange.server = &servers.find(exchange.target.host);
    exchange.location = &exchange.server->location(exchange.target.path);
    const route::RoutedLocation* const with_slash = exchange.server->location_with_slash(exchange.target.path);
    if (with_slash != nullptr) exchange.location = with_slash;
    const config::LocationSettings& settings = *exchange.location->settings;
    if (servers.tls() && exchange.client.tls() == nullptr) return MessageError::plain_on_tls_port;

    const bool may_persist = exchange.request_number < settings.keepalive_requests &&
                             settings.keepalive_timeout > net::Duration::zero();
    exchange.persistence = may_persist ? wished_persistence(head) : Persistence::close;
    if (with_slash != nullptr) return MessageError::slash_missing;
    if (!exchange.location->pool && !settings.metrics) return MessageError::no_location;
    const std::uint64_t most = settings.client_max_body_size;
    if (most > 0 && framing->end == http::BodyEnd::length && framing->length > most)
        return MessageError::body_too_large;
    if (const net::ErrorCode error = accept::judge_client_certificate(exchange.client.tls(), *exchange.server))
        return error;
    if (settings.metrics)
        return head.method == "GET" || head.method == "HEAD" ? net::ErrorCode()
                                                             : net::ErrorCode(MessageError::method_not_allowed);
    const auto upgrade = judge_upgrade(exchange);
    if (!upgrade) return upgrade.error();
    exchange.upgrade = *upgrade;
    return {};
}

// Where a path that lacks its slash is sent. Relative, so that it holds behind any port mapping.
std::string path_with_slash(const http::Target& target) {
    return http::escape_path(target.path) + "/" + (target.query.empty() ? "" : "?" + target.query);
}

// Failures after which the connection is still fit for its next request.
bool leaves_connection_usable(const Failure& failure) {
    return failure.party != Party::client || failure.code == MessageError::no_location ||
           failure.code == MessageError::slash_missing;
}

class Connection {
 public:
    Connection(lifecycle::Worker& worker, Client client)
        : worker_(worker),
          listener_(std::move(client.listener)),
          number_(client.number),
          admission_(std::move(client.admission)),
          address_(client_address(client.remote, client.local)),
          stream_(worker.executor(), std::move(client.socket), worker.deadlines()),
          reader_(stream_, buffer_),
          live_(worker.live(), stream_) {}

    /// Requests on a kept-alive connection, until it closes or one of them is upgraded. Not a method, so that the connection
    /// lies in the frame of this, and is gone with it.
    static net::Task<std::unique_ptr<tunnel::Tunnel>> serve(lifecycle::Worker& worker, Client client) {
        Connection self(worker, std::move(client));
        if (self.begins_with_tls()) {
            auto secured = co_await self.secure();
            if (!secured) co_return nullptr;
        }
        if (self.stream_.tls() == nullptr) self.stream_.expect_data();
        for (unsigned requests = 1;; ++requests) {
            if (!self.reader_.has_buffered() && !self.reader_.read_at_once()) {
                if (worker.live().draining()) co_return nullptr;
                self.reader_.release_buffer();  // an idle connection holds none
                self.live_.idle();
                const auto ready = co_await self.stream_.wait_readable(self.patience(requests));
                self.live_.busy();
                if (!ready) co_return nullptr;
            }
            const auto generation = worker.generation();
            const route::ListenerServers* const servers = generation->router().listener(self.listener_);
            if (servers == nullptr) co_return nullptr;  // a reload has taken the listener away
            Exchange exchange = self.begin_exchange(generation, *servers, requests);
            auto result = co_await self.serve_request(exchange, *servers);
            if (exchange.tunnel) co_return self.complete_tunnel(exchange);
            if (!result) co_await self.answer_failure(exchange, result.error());
            if (exchange.status > 0) access_record(exchange).write(exchange.status, exchange.body_sent);
            if (exchange.persistence == Persistence::close) {
                co_await http::linger(self.stream_, self.buffer_);
                co_return nullptr;
            }
            self.keepalive_timeout_ = exchange.location->settings->keepalive_timeout;
        }
    }

 private:
    bool begins_with_tls() const {
        const route::ListenerServers* const servers = worker_.generation()->router().listener(listener_);
        return servers != nullptr && servers->tls();
    }

    // The TLS handshake; who speaks plain HTTP where one is asked for is told so by examine(). The generation lives at least
    // until it is over.
    net::Task<bool> secure() {
        const auto generation = worker_.generation();
        auto accepted = co_await accept::accept_tls(stream_, *generation->router().listener(listener_));
        if (accepted || accepted.error() == MessageError::plain_on_tls_port) co_return true;
        observe::log(config::LogLevel::info, number_,
                     "TLS handshake failed: " + accepted.error().message() + ", client: " + address_.remote_host);
        co_return false;
    }

    // How long a request may let wait for it.
    net::Duration patience(unsigned requests) const {
        return requests == 1 ? worker_.generation()->router().header_timeout(listener_) : keepalive_timeout_;
    }

    Exchange begin_exchange(const std::shared_ptr<lifecycle::Generation>& generation,
                            const route::ListenerServers& servers, unsigned number) {
        Exchange exchange{worker_.executor(), worker_.deadlines(), worker_.index(), worker_.kept(), generation,
                          stream_,            reader_,             address_,        number_,        number};
        exchange.server = &servers.default_server();
        exchange.location = &exchange.server->location("");
        return exchange;
    }

    net::Task<net::Result<>> serve_request(Exchange& exchange, const route::ListenerServers& servers) {
        const config::RequestLimits& limits = exchange.server->limits();
        auto head = co_await reader_.read_head(head_limits(limits), limits.client_header_timeout);
        if (!head) co_return Failure{head.error(), Party::client, Stage::request_head};
        if (!limits.underscores_in_headers) (*head)->fields.drop_names_with('_');
        exchange.head = *head;
        if (const net::ErrorCode error = examine(exchange, servers))
            co_return Failure{error, Party::client, Stage::request_head};
        if (worker_.live().draining()) exchange.persistence = Persistence::close;
        if (exchange.location->settings->metrics) {
            co_await answer_with_metrics(exchange);
            co_return net::Result<>();
        }
        auto forwarded = co_await http::forward(exchange);
        if (forwarded && !reader_.body_done()) exchange.persistence = Persistence::close;
        co_return forwarded;
    }

    net::Task<> answer_with_metrics(Exchange& exchange) {
        exchange.status = 200;
        if (!reader_.body_done()) exchange.persistence = Persistence::close;
        const std::string text = observe::metrics_text(exchange.generation->registry(),
                                                       upstream::SourcePorts::of_process(), exchange.deadlines.now());
        co_await send(exchange, http::own_response(200, exchange.head->method, exchange.persistence,
                                                   tokens_for(exchange), {observe::metrics_type, text}));
    }

    // An error page where that is still possible; always the status for the log.
    net::Task<> answer_failure(Exchange& exchange, const Failure& failure) {
        const http::Verdict verdict = http::judge(failure);
        // An end or a reset between requests is none of a request's.
        namespace codes = boost::asio::error;
        const bool gone = failure.code == codes::eof || failure.code == codes::connection_reset;
        const bool nothing_came = gone && exchange.head == nullptr && !reader_.has_buffered();
        if (nothing_came || !leaves_connection_usable(failure) || !reader_.body_done() || exchange.response_begun)
            exchange.persistence = Persistence::close;
        if (nothing_came) co_return;
        if (!exchange.is_explained) observe::log(verdict.level, number_, net::to_string(failure) + exchange.in_words());
        if (exchange.response_begun) {
            // The client must not take a response that was cut short for a whole one.
            stream_.reset();
            co_return;
        }
        exchange.status = verdict.status;
        if (verdict.status == http::client_closed_request) co_return;
        const std::string_view method = exchange.head != nullptr ? std::string_view(exchange.head->method) : "";
        http::ErrorDetail detail{.explanation = http::explanation_of(failure.code),
                                 .retry_after = exchange.retry_after};
        if (failure.code == MessageError::slash_missing) detail.location = path_with_slash(exchange.target);
        if (exchange.location->settings->metrics) detail.allow = "GET, HEAD";
        co_await send(exchange, http::error_response(verdict.status, method, exchange.persistence,
                                                     tokens_for(exchange), detail));
    }

    static http::ServerTokens tokens_for(const Exchange& exchange) {
        return exchange.location->settings->server_tokens ? http::ServerTokens::name_and_version
                                                          : http::ServerTokens::name_only;
    }

    // A whole response of our own.
    net::Task<> send(Exchange& exchange, std::string response) {
        auto written = co_await stream_.write(response, exchange.location->settings->send_timeout);
        if (written)
            exchange.body_sent = response.size() - (response.find("\r\n\r\n") + 4);
        else
            exchange.persistence = Persistence::close;
    }

    std::unique_ptr<tunnel::Tunnel> complete_tunnel(Exchange& exchange) {
        exchange.tunnel->record = access_record(exchange);
        exchange.tunnel->admission = std::move(admission_);
        exchange.tunnel->client = stream_.release();
        return std::move(exchange.tunnel);
    }

    lifecycle::Worker& worker_;
    std::string listener_;
    std::uint64_t number_;
    std::shared_ptr<void> admission_;
    route::ClientAddress address_;
    net::Stream stream_;
    boost::beast::flat_buffer buffer_;
    http::RequestReader reader_;
    lifecycle::LiveConnections::Entry live_;
    net::Duration keepalive_timeout_{0};
};

}  // namespace

net::Task<std::unique_ptr<tunnel::Tunnel>> serve_connection(lifecycle::Worker& worker, Client client) {
    return Connection::serve(worker, std::move(client));
}

}  // namespace proxy
