// What a WebSocket probe says behind the handshake, and what it makes of the answers. No sockets here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/health.hpp"
#include "config/pattern.hpp"
#include "proxy/websocket/frame.hpp"

namespace proxy::health {

/// Sends a text, and takes a message that the pattern matches for an answer (any message without a pattern); with
/// neither a text nor a pattern, a ping and its pong, or nothing at all. Messages that do not match are passed
/// over: many services greet.
class WebSocketExchange {
 public:
    WebSocketExchange(std::string text, std::optional<config::Pattern> expected, config::HealthCheck::Ping ping);

    enum class State { waiting, passed, failed };
    State state() const { return state_; }

    /// Why it has failed.
    const std::string& problem() const { return problem_; }

    /// Takes bytes of the endpoint that came behind its 101.
    void receive(std::string_view bytes);

    /// What is to be sent now; each byte once. At first the text or the ping, later pongs.
    std::string take_output() { return std::exchange(output_, {}); }

 private:
    void send(websocket::Opcode opcode, std::string_view payload);
    void handle(const websocket::Frame& frame);
    void handle_data(const websocket::Frame& frame);
    void fail(std::string problem);

    bool awaits_message_;
    std::optional<config::Pattern> expected_;
    websocket::ServerFrames frames_;
    std::string message_;  // the frames of a message so far
    bool in_message_ = false;
    std::size_t received_ = 0;
    std::string output_;
    State state_ = State::waiting;
    std::string problem_;
};

}  // namespace proxy::health
