// Frames in, frames out, and a verdict.
#include "proxy/health/websocket_exchange.hpp"

#include <utility>

namespace proxy::health {

namespace {

using websocket::Opcode;

constexpr std::string_view ping_payload = "tidegate";
constexpr std::size_t most_message = 64 * 1024;
constexpr std::size_t most_received = 1024 * 1024;  // of a service that talks and talks

}  // namespace

using config::HealthCheck;

WebSocketExchange::WebSocketExchange(std::string text, std::optional<config::Pattern> expected, HealthCheck::Ping ping)
    : awaits_message_(!text.empty() || expected), expected_(std::move(expected)), frames_(most_message) {
    if (!text.empty())
        send(Opcode::text, text);
    else if (!awaits_message_ && ping == HealthCheck::Ping::sent)
        send(Opcode::ping, ping_payload);
    else if (!awaits_message_)
        state_ = State::passed;
}

void WebSocketExchange::send(Opcode opcode, std::string_view payload) {
    output_ += websocket::client_frame(opcode, payload, websocket::random_mask());
}

void WebSocketExchange::fail(std::string problem) {
    state_ = State::failed;
    problem_ = std::move(problem);
}

void WebSocketExchange::receive(std::string_view bytes) {
    received_ += bytes.size();
    frames_.add(bytes);
    while (state_ == State::waiting) {
        const auto frame = frames_.next();
        if (!frame) break;
        handle(*frame);
    }
    if (state_ != State::waiting) return;
    if (!frames_.problem().empty()) fail("it sent " + std::string(frames_.problem()));
    if (received_ > most_received) fail("it sent much and not what is expected");
}

void WebSocketExchange::handle(const websocket::Frame& frame) {
    switch (frame.opcode) {
        case Opcode::close: return fail("it closed the WebSocket");
        case Opcode::ping: return send(Opcode::pong, frame.payload);  // RFC 6455, 5.5.2
        case Opcode::pong:
            if (!awaits_message_ && frame.payload == ping_payload) state_ = State::passed;
            return;
        default: return handle_data(frame);
    }
}

void WebSocketExchange::handle_data(const websocket::Frame& frame) {
    if ((frame.opcode == Opcode::continuation) != in_message_) return fail("it sent frames out of order");
    message_ += frame.payload;
    in_message_ = !frame.final;
    if (message_.size() > most_message) return fail("it sent a message that is too large");
    if (!frame.final) return;
    const std::string message = std::exchange(message_, {});
    if (awaits_message_ && (!expected_ || expected_->matches(message))) state_ = State::passed;
}

}  // namespace proxy::health
