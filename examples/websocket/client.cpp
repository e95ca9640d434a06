// Reads requests, answers the plain ones, judges upgrades (RFC 6455, section 4.2) and starts their sessions.
#include "websocket/client.hpp"

#include "websocket/pages.hpp"

#include <iostream>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace backend {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

/// What becomes of an upgrade request: a session with its selected subprotocol, or a refusal.
struct Verdict {
    http::status refusal = http::status::ok;
    std::string reason;
    Application::Factory factory;
    Request request;
};

Verdict judge(const Application& application, const Upgrade& upgrade, std::size_t bytes_behind) {
    auto request = Request::parse(upgrade.target(), upgrade.base());
    if (!request) return {http::status::bad_request, "Bad request target\n", {}, {}};
    const auto* factory = application.factory(request->path);
    if (!factory) return {http::status::not_found, "Not found\n", {}, {}};
    // RFC 6455, section 4.1: the client waits for the answer before it sends anything further.
    if (bytes_behind > 0) return {http::status::bad_request, "Data before the handshake's answer\n", {}, {}};
    return {http::status::ok, {}, *factory, std::move(*request)};
}

/// Asks the handler what Tornado asks: origin, arguments, subprotocol. Throws what the handler throws.
/// Nothing is prepared for a page that may not connect.
std::optional<std::string> prepare(WebSocketHandler& handler, const Upgrade& upgrade, Verdict& verdict) {
    const auto origin = upgrade.find(http::field::origin);
    if (origin != upgrade.end() && !handler.check_origin(origin->value())) {
        verdict.refusal = http::status::forbidden;
        verdict.reason = "Origin not allowed\n";
        return std::nullopt;
    }
    handler.prepare();
    std::vector<std::string> offered;
    for (auto field = upgrade.begin(); field != upgrade.end(); ++field) {
        if (field->name() != http::field::sec_websocket_protocol) continue;
        for (auto& name : split_subprotocols(field->value())) offered.push_back(std::move(name));
    }
    return offered.empty() ? std::nullopt : handler.select_subprotocol(offered);
}

asio::awaitable<void> refuse(Stream stream, http::status status, std::string reason, PlainRequest request) {
    request.keep_alive(false);
    error_code error;
    co_await beast::async_write(stream, text_answer(status, reason, request),
                                asio::redirect_error(asio::use_awaitable, error));
}

asio::awaitable<void> serve_upgrade(Stream stream, Upgrade upgrade, Verdict verdict, Limits limits,
                                    std::shared_ptr<LiveConnections> live) {
    auto session = std::make_shared<Session>(std::move(stream), std::move(verdict.request), limits);
    std::optional<std::string> subprotocol;
    try {
        auto& handler = session->adopt(verdict.factory());
        subprotocol = prepare(handler, upgrade, verdict);
    } catch (const BadArgument& problem) {
        verdict.refusal = http::status::bad_request;
        verdict.reason = std::string(problem.what()) + '\n';
    } catch (const std::exception& problem) {
        std::cerr << "handler failed before its handshake: " << problem.what() << '\n';
        verdict.refusal = http::status::internal_server_error;
        verdict.reason = "Internal error\n";
    }
    if (verdict.refusal != http::status::ok) {
        co_await refuse(session->release_stream(), verdict.refusal, verdict.reason, std::move(upgrade));
        co_return;
    }
    live->add(session);
    co_await Session::run(session, std::move(upgrade), std::move(subprotocol));
    live->remove(session);
}

http::status status_of(error_code error) {
    if (error == http::error::header_limit) return http::status::request_header_fields_too_large;
    return http::status::bad_request;
}

bool is_malformed(error_code error) {
    return error.category() == http::make_error_code(http::error::bad_method).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
}

}  // namespace

asio::awaitable<void> serve_client(Stream stream, const Application& application, Limits limits,
                                   std::shared_ptr<LiveConnections> live) {
    const LiveConnections::Place place(live);
    beast::flat_buffer buffer(limits.header_bytes);
    while (!live->stopping()) {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(limits.header_bytes);
        stream.expires_after(limits.request_timeout);
        error_code error;
        co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            if (is_malformed(error))
                co_await refuse(std::move(stream), status_of(error), "Bad request\n", {});
            co_return;
        }
        PlainRequest request = parser.release();
        if (beast::websocket::is_upgrade(request)) {
            auto verdict = judge(application, request, buffer.size());
            if (verdict.refusal == http::status::ok) {
                co_await serve_upgrade(std::move(stream), std::move(request), std::move(verdict), limits,
                                       live);
            } else {
                co_await refuse(std::move(stream), verdict.refusal, verdict.reason, std::move(request));
            }
            co_return;
        }
        co_await beast::async_write(stream, answer(application, request),
                                    asio::redirect_error(asio::use_awaitable, error));
        if (error || !request.keep_alive()) co_return;
    }
}

}  // namespace backend
