// Both directions of an exchange.
#include "proxy/http/conversation.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "proxy/http/binding.hpp"
#include "proxy/http/client_watch.hpp"
#include "proxy/http/message_error.hpp"
#include "proxy/http/refusal.hpp"
#include "proxy/http/time_limit.hpp"
#include "proxy/route/header_rules.hpp"
#include "proxy/websocket/handshake.hpp"

namespace proxy::http {

namespace {

using net::Failure;
using net::Party;
using net::Stage;

constexpr HeadLimits response_limits{64 * 1024, 128 * 1024, 1000};
constexpr unsigned most_interim_responses = 16;

Failure client_failure(net::ErrorCode error, Stage stage) { return {error, Party::client, stage}; }

// RFC 9110, 9.2.2. A method that is not known may do anything.
bool is_idempotent(std::string_view method) {
    static constexpr std::string_view methods[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
    return std::find(std::begin(methods), std::end(methods), method) != std::end(methods);
}

// An HTTP/1.0 upstream closes, whatever it says, as in nginx.
bool lets_connection_persist(const ResponseHead& head) {
    return head.version == Version::http_1_1 && !head.fields.lists("Connection", "close");
}

}  // namespace

Conversation::Conversation(Exchange& exchange, net::Stream& upstream, Persistence persistence,
                           const EndpointChoice& choice, upstream::Admission::Permit& permit)
    : exchange_(exchange),
      settings_(*exchange.location->settings),
      upstream_(upstream),
      persistence_(persistence),
      choice_(choice),
      permit_(permit),
      buffer_(exchange.reader.give_up_memory()),
      response_(upstream, buffer_) {}

bool Conversation::leaves_connection_reusable() const {
    return persistence_ == Persistence::keep_alive && !abandoned_ && exchange_.reader.body_done() &&
           !response_.has_buffered();
}

bool Conversation::is_repeatable() const {
    return !passed_on_ && !body_begun_ &&
           (!head_sent_ || is_idempotent(exchange_.head->method) ||
            settings_.proxy_next_upstream.causes.contain(config::RetryCause::non_idempotent));
}

bool Conversation::found_connection_dead(const Failure& failure) const {
    return failure.party == Party::upstream && failure.code != boost::asio::error::timed_out && !answered_ &&
           !response_.has_buffered();
}

// The answer goes to the client after all where no other endpoint can be asked.
bool Conversation::is_left_to_another(const Failure& refusal) const {
    return choice_.may_go_on(refusal) && is_repeatable() && choice_.has_another();
}

Failure Conversation::upstream_failure(net::ErrorCode error, Stage stage) const {
    // A call on the upstream that was cancelled because the client had gone is the client's doing.
    if (client_gone_) return client_left(stage);
    return {error, Party::upstream, stage};
}

void Conversation::abandon() {
    abandoned_ = true;
    // Closed, not only cancelled: the other direction may be about to go on with a call that has ended already, and
    // its next one must fail as well.
    upstream_.close();
    exchange_.client.cancel();
}

// The target as the upstream gets it: with a URI in proxy_pass the matched prefix is replaced (nginx: proxy_pass).
std::string Conversation::forwarded_target() const {
    const auto& uri = settings_.proxy_pass->uri;
    if (!uri || exchange_.target.origin == "*") return exchange_.target.origin;
    const std::string_view path = exchange_.target.path;
    std::string target = *uri + escape_path(path.substr(std::min(exchange_.location->path.size(), path.size())));
    if (!exchange_.target.query.empty()) target.append("?").append(exchange_.target.query);
    return target;
}

std::string Conversation::request_head() const {
    const auto headers = exchange_.upgrade == UpgradeWish::websocket ? route::UpgradeHeaders::websocket
                                                                     : route::UpgradeHeaders::by_rules;
    return route::upstream_head(exchange_.view(), exchange_.location->rules, forwarded_target(),
                                settings_.proxy_http_version, exchange_.framing, headers, persistence_);
}

// Not a coroutine: for most requests there is nothing to wait for before their response.
net::Task<net::Result<>> Conversation::run() {
    std::string head = request_head();
    net::Unsent left{std::string_view(head)};
    const auto sent = upstream_.write_at_once(left);
    head_sent_ = sent && left.empty();
    if (head_sent_ && !exchange_.framing.has_body()) return pass_response();
    const std::size_t sent_size = head.size() - left.first().size();
    return send_and_respond(std::move(head), sent_size, sent);
}

net::Task<net::Result<>> Conversation::send_and_respond(std::string head, std::size_t sent_size, net::IoResult<> sent) {
    const std::string_view left = std::string_view(head).substr(sent_size);
    if (sent && !left.empty()) sent = co_await upstream_.write(left, settings_.proxy_send_timeout);
    if (!sent) co_return upstream_failure(sent.error(), Stage::send_request);
    head_sent_ = true;
    if (!exchange_.framing.has_body()) {
        auto responded = co_await pass_response();
        co_return responded;
    }
    using namespace boost::asio::experimental::awaitable_operators;
    uploading_ = true;
    auto [uploaded, responded] = co_await (upload() && respond());
    if (!uploaded && uploaded.error().party == Party::client) co_return uploaded;
    co_return responded;
}

net::Task<net::Result<>> Conversation::upload() {
    auto result = co_await pump_request_body();
    uploading_ = false;
    if (!result) persistence_ = Persistence::close;
    if (abandoned_) co_return net::Result<>();  // cut short because the response is complete or has failed
    upstream_.postpone_read(settings_.proxy_read_timeout);
    // An upstream that stops reading may have answered already, so only the client's failure ends it all.
    if (!result && result.error().party == Party::client) abandon();
    co_return result;
}

net::Task<net::Result<>> Conversation::pump_request_body() {
    BodyWriter writer(exchange_.framing.end);
    std::uint64_t received = 0;
    while (!exchange_.reader.body_done()) {
        auto pieces = co_await exchange_.reader.read_body(settings_.client_body_timeout);
        if (!pieces) co_return client_failure(pieces.error(), Stage::request_body);
        body_begun_ = true;
        for (const std::string_view piece : *pieces) received += piece.size();
        if (settings_.client_max_body_size > 0 && received > settings_.client_max_body_size)
            co_return client_failure(MessageError::body_too_large, Stage::request_body);

        writer.clear();
        writer.add_pieces(*pieces);
        if (exchange_.reader.body_done()) writer.add_end(exchange_.reader.trailers());
        upstream_.postpone_read(settings_.proxy_read_timeout);
        auto sent = co_await upstream_.write(writer.buffers(), settings_.proxy_send_timeout);
        if (!sent) co_return upstream_failure(sent.error(), Stage::send_request);
        if (abandoned_) co_return net::Result<>();
    }
    co_return net::Result<>();
}

net::Task<net::Result<>> Conversation::respond() {
    auto result = co_await pass_response();
    if (abandoned_) co_return net::Result<>();  // the client failed while it was sending its body
    if (uploading_) {
        exchange_.persistence = Persistence::close;
        abandon();
    }
    co_return result;
}

net::Task<net::Result<ResponseHead*>> Conversation::read_final_head() {
    const ClientWatch watch(exchange_.deadlines, exchange_.client, upstream_);
    const bool handshake = exchange_.upgrade != UpgradeWish::none;
    const TimeLimit limit(exchange_.deadlines, upstream_,
                          handshake ? settings_.proxy_handshake_timeout : net::Duration::zero());
    const net::Duration between_reads = handshake ? net::Duration::zero() : settings_.proxy_read_timeout;
    for (unsigned interim = 0; interim <= most_interim_responses; ++interim) {
        auto head = co_await response_.read_head(response_limits, between_reads);
        client_gone_ = watch.client_gone();
        if (!head && limit.is_up()) co_return upstream_failure(boost::asio::error::timed_out, Stage::response_head);
        if (!head) co_return upstream_failure(head.error(), Stage::response_head);
        answered_ = true;
        head_time_ = net::now();
        const unsigned status = (*head)->status;
        if (status / 100 != 1 || status == 101) co_return *head;
        if (exchange_.client_version() == Version::http_1_0) continue;  // RFC 9110, 15.2: it does not know 1xx
        const std::string text = client_interim_head(**head);
        passed_on_ = true;
        auto sent = co_await exchange_.client.write(text, settings_.send_timeout);
        if (!sent) co_return client_failure(sent.error(), Stage::response_head);
    }
    co_return upstream_failure(MessageError::malformed, Stage::response_head);
}

net::Task<net::Result<>> Conversation::pass_response() {
    auto head = co_await read_final_head();
    if (!head) co_return head.error();
    if ((*head)->status == 101) {
        const bool is_websocket = exchange_.head->fields.lists("Upgrade", "websocket");
        const auto text = begin_upgrade(**head, is_websocket);
        if (!text) co_return text.error();
        net::Unsent left{std::string_view(*text)};
        auto sent = exchange_.client.write_at_once(left);
        if (sent && !left.empty()) sent = co_await exchange_.client.write(left, settings_.send_timeout);
        if (!sent) co_return client_failure(sent.error(), Stage::response_head);
        exchange_.tunnel = make_tunnel(is_websocket);
        co_return net::Result<>();
    }
    const Failure refusal{refused_with((*head)->status), Party::upstream, Stage::response_head};
    if (is_left_to_another(refusal)) co_return refusal;
    permit_ = {};
    auto passed = co_await pass_body(**head);
    co_return passed;
}

net::Task<net::Result<>> Conversation::pass_body(ResponseHead& head) {
    const auto framing = response_framing(head, exchange_.head->method);
    if (!framing) co_return upstream_failure(framing.error(), Stage::response_head);
    response_.expect_body(*framing);
    if (framing->end == BodyEnd::close || !lets_connection_persist(head)) persistence_ = Persistence::close;
    const BodyEnd body_end = client_body_end(*framing, exchange_.client_version());
    // While the body is still on its way it is unknown whether the client's connection will be fit for another request.
    if (body_end == BodyEnd::close || !exchange_.reader.body_done()) exchange_.persistence = Persistence::close;
    bind_client(exchange_, head);
    const std::string text = client_response_head(head, body_end, exchange_.client_version(), exchange_.persistence);

    exchange_.status = head.status;
    exchange_.response_begun = true;
    passed_on_ = true;
    BodyWriter writer(framing->has_body() ? body_end : BodyEnd::no_body);
    writer.add_text(text);
    // The head goes out with what has come of the body, or alone at once.
    auto pieces = response_.buffered_body();
    for (;;) {
        if (!pieces) co_return upstream_failure(pieces.error(), Stage::response_body);
        writer.add_pieces(*pieces);
        const bool done = response_.body_done();
        if (done && framing->has_body()) writer.add_end(response_.trailers());
        net::Unsent left(writer.buffers());
        auto sent = exchange_.client.write_at_once(left);
        if (sent && !left.empty()) sent = co_await exchange_.client.write(left, settings_.send_timeout);
        if (!sent) co_return client_failure(sent.error(), Stage::response_body);
        for (const std::string_view piece : *pieces) exchange_.body_sent += piece.size();
        if (done || abandoned_) co_return net::Result<>();
        writer.clear();
        pieces = co_await response_.read_body(settings_.proxy_read_timeout);
    }
}

// What the client is to be told of it.
net::Result<std::string> Conversation::begin_upgrade(ResponseHead& head, bool is_websocket) {
    // What is still to come of a request body would be taken for the new protocol.
    if (exchange_.upgrade == UpgradeWish::none || !exchange_.reader.body_done())
        return upstream_failure(MessageError::unexpected_upgrade, Stage::response_head);
    const auto key = is_websocket ? exchange_.head->fields.find("Sec-WebSocket-Key").value_or("") : std::string_view();
    if (const net::ErrorCode error = websocket::judge_response(head, key))
        return upstream_failure(error, Stage::response_head);
    bind_client(exchange_, head);
    exchange_.status = 101;
    exchange_.response_begun = true;
    passed_on_ = true;
    return client_upgrade_head(head);
}

// When the client has been told.
std::unique_ptr<tunnel::Tunnel> Conversation::make_tunnel(bool is_websocket) {
    auto tunnel = std::make_unique<tunnel::Tunnel>();
    tunnel->unread_from_client = exchange_.reader.take_unused();
    tunnel->unread_from_upstream = response_.take_unused();
    tunnel->idle_timeout = settings_.tunnel_idle_timeout;
    tunnel->connection = exchange_.connection;
    tunnel->is_websocket = is_websocket;
    tunnel->upstream = upstream_.release();
    return tunnel;
}

}  // namespace proxy::http
