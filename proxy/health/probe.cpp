// Probing: connect, ask, judge.
#include "proxy/health/probe.hpp"

#include <array>

#include <boost/beast/core/flat_buffer.hpp>

#include "proxy/health/websocket_exchange.hpp"
#include "proxy/http/framing.hpp"
#include "proxy/http/message_reader.hpp"
#include "proxy/http/time_limit.hpp"
#include "proxy/observe/error_log.hpp"
#include "proxy/websocket/handshake.hpp"
#include "upstream/connect/connector.hpp"
#include "upstream/connect/proxy_protocol.hpp"
#include "upstream/connect/source_ports.hpp"

namespace proxy::health {

namespace {

using Kind = ProbeOutcome::Kind;

constexpr http::HeadLimits head_limits{16 * 1024, 64 * 1024, 200};
constexpr unsigned most_interim_responses = 16;
constexpr net::Duration longest_close{1000};
constexpr net::Duration no_limit{0};  // the probe as a whole has one

class Probe {
 public:
    Probe(net::DeadlineQueue& deadlines, net::Stream& stream, const ProbePlan& plan, net::SocketAddress address,
          const http::TimeLimit& limit)
        : deadlines_(deadlines),
          stream_(stream),
          plan_(plan),
          address_(std::move(address)),
          limit_(limit),
          reader_(stream, buffer_) {}

    net::Task<ProbeOutcome> run() {
        auto connected = co_await connect();
        if (connected.kind != Kind::passed) co_return connected;
        if (plan_.check.kind == config::HealthCheck::Kind::tcp) co_return connected;
        const bool websocket = plan_.check.kind == config::HealthCheck::Kind::websocket;
        if (websocket) {
            auto outcome = co_await ask_for_websocket();
            co_return outcome;
        }
        auto outcome = co_await ask();
        co_return outcome;
    }

 private:
    ProbeOutcome failed(const net::ErrorCode& error, std::string_view doing) const {
        const bool own = upstream::culprit(error) == net::Party::self;
        const std::string what = limit_.is_up() ? "timed out" : error.message();
        return {own ? Kind::inconclusive : Kind::failed, what + " while " + std::string(doing)};
    }

    net::Task<ProbeOutcome> connect() {
        auto connected = co_await upstream::connect(stream_, address_, no_limit);
        if (!connected) co_return failed(connected.error(), "connecting");
        if (plan_.proxy_protocol != config::ProxyProtocol::off) {
            // Nobody's connection: unknown addresses.
            const std::string header = upstream::proxy_protocol_header(plan_.proxy_protocol, {});
            auto announced = co_await stream_.write(header, no_limit);
            if (!announced) co_return failed(announced.error(), "sending the PROXY protocol header");
        }
        if (!plan_.tls) co_return ProbeOutcome{};
        net::SslHandle session = plan_.tls->new_session(net::to_string(address_), plan_.tls_name);
        auto secured = co_await stream_.start_tls(std::move(session), no_limit);
        if (!secured) co_return failed(secured.error(), "shaking hands for TLS");
        co_return ProbeOutcome{};
    }

    std::string request(std::string_view more) const {
        return "GET " + plan_.check.uri + " HTTP/1.1\r\nHost: " + plan_.host +
               "\r\nUser-Agent: tidegate (health check)\r\n" + std::string(more) + "\r\n";
    }

    net::Task<net::IoResult<http::ResponseHead*>> read_final_head() {
        for (unsigned interim = 0;; ++interim) {
            auto head = co_await reader_.read_head(head_limits, no_limit);
            if (!head) co_return head;
            const unsigned status = (*head)->status;
            if (status / 100 != 1 || status == 101 || interim == most_interim_responses) co_return head;
        }
    }

    net::Task<ProbeOutcome> ask() {
        const std::string text = request("Connection: close\r\n");
        auto sent = co_await stream_.write(text, no_limit);
        if (!sent) co_return failed(sent.error(), "sending the request");
        auto head = co_await read_final_head();
        if (!head) co_return failed(head.error(), "reading the response header");
        std::string body;
        if (plan_.test.looks_at_body()) {
            auto read = co_await read_body(**head, body);
            if (!read) co_return failed(read.error(), "reading the response body");
        }
        auto complaint = plan_.test.complaint(**head, body);
        if (complaint) co_return ProbeOutcome{Kind::failed, std::move(*complaint)};
        co_return ProbeOutcome{};
    }

    net::Task<net::IoResult<>> read_body(const http::ResponseHead& head, std::string& body) {
        const auto framing = http::response_framing(head, "GET");
        if (!framing) co_return framing.error();
        reader_.expect_body(*framing);
        while (!reader_.body_done() && body.size() < ResponseMatch::most_body) {
            auto pieces = co_await reader_.read_body(no_limit);
            if (!pieces) co_return pieces.error();
            for (const std::string_view piece : *pieces) body.append(piece);
        }
        if (body.size() > ResponseMatch::most_body) body.resize(ResponseMatch::most_body);
        co_return net::IoResult<>();
    }

    net::Task<ProbeOutcome> ask_for_websocket() {
        const std::string key = websocket::random_handshake_key();
        const std::string text = request("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
                                         "\r\nSec-WebSocket-Version: 13\r\n");
        auto sent = co_await stream_.write(text, no_limit);
        if (!sent) co_return failed(sent.error(), "sending the handshake");
        auto head = co_await read_final_head();
        if (!head) co_return failed(head.error(), "reading the answer to the handshake");
        if ((*head)->status != 101)
            co_return ProbeOutcome{Kind::failed, "it answered the handshake with " + std::to_string((*head)->status)};
        if (const net::ErrorCode error = websocket::judge_response(**head, key))
            co_return failed(error, "judging the handshake");
        WebSocketExchange exchange(plan_.check.send, plan_.expected, plan_.check.ping);
        auto outcome = co_await converse(exchange);
        if (outcome.kind == Kind::passed) co_await close_politely();
        co_return outcome;
    }

    net::Task<ProbeOutcome> converse(WebSocketExchange& exchange) {
        exchange.receive(reader_.take_unused());
        for (;;) {
            const std::string output = exchange.take_output();
            if (!output.empty()) {
                auto sent = co_await stream_.write(output, no_limit);
                if (!sent) co_return failed(sent.error(), "sending over the WebSocket");
            }
            if (exchange.state() == WebSocketExchange::State::passed) co_return ProbeOutcome{};
            if (exchange.state() == WebSocketExchange::State::failed)
                co_return ProbeOutcome{Kind::failed, exchange.problem()};
            std::array<char, 4096> bytes;
            auto count = co_await stream_.read_some(boost::asio::buffer(bytes), no_limit);
            if (!count) co_return failed(count.error(), "waiting for an answer over the WebSocket");
            exchange.receive({bytes.data(), *count});
        }
    }

    // RFC 6455, 7.1.1: the server ends the TCP connection, once it has sent its Close frame. The verdict has been
    // reached, so whatever else it sends or does is its own affair.
    net::Task<> close_politely() {
        const http::TimeLimit limit(deadlines_, stream_, longest_close);
        const std::string close =
            websocket::client_frame(websocket::Opcode::close, websocket::close_payload(1000), websocket::random_mask());
        auto sent = co_await stream_.write(close, no_limit);
        std::array<char, 4096> bytes;
        while (sent) {
            auto count = co_await stream_.read_some(boost::asio::buffer(bytes), no_limit);
            if (!count) co_return;
        }
    }

    net::DeadlineQueue& deadlines_;
    net::Stream& stream_;
    const ProbePlan& plan_;
    net::SocketAddress address_;
    const http::TimeLimit& limit_;
    boost::beast::flat_buffer buffer_;
    http::ResponseReader reader_;
};

}  // namespace

net::Task<ProbeOutcome> probe(net::Executor executor, net::DeadlineQueue& deadlines,
                              std::shared_ptr<const ProbePlan> plan, net::SocketAddress address) {
    if (plan->check.port) address = net::with_port(address, *plan->check.port);
    upstream::SourcePorts& ports = upstream::SourcePorts::of_process();
    const auto port = ports.take(plan->sources, address);  // held until the connection is closed
    if (port.newly_scarce) observe::log(config::LogLevel::warn, ports.scarcity(port, address));
    auto stream = upstream::open(executor, deadlines, address, port.source);
    if (!stream) {
        const bool own = upstream::culprit(stream.error()) == net::Party::self;
        co_return ProbeOutcome{own ? Kind::inconclusive : Kind::failed, stream.error().message() + " while connecting"};
    }
    const http::TimeLimit limit(deadlines, **stream, plan->check.timeout);
    Probe probing(deadlines, **stream, *plan, address, limit);
    auto outcome = co_await probing.run();
    (*stream)->close();
    co_return outcome;
}

}  // namespace proxy::health
