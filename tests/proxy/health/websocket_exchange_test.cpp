// What a WebSocket probe says and accepts behind the handshake.
#include "proxy/health/websocket_exchange.hpp"

#include <gtest/gtest.h>

namespace proxy_tests {
namespace {

using proxy::health::WebSocketExchange;
using State = WebSocketExchange::State;
using Ping = config::HealthCheck::Ping;
using namespace std::string_literals;

// A short frame of a server.
std::string frame(int opcode, const std::string& payload, bool final = true) {
    return std::string{static_cast<char>((final ? 0x80 : 0) | opcode), static_cast<char>(payload.size())} + payload;
}

// The opcode and unmasked payload of a short frame of a client.
std::pair<int, std::string> opened(const std::string& bytes) {
    std::string payload = bytes.substr(6);
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ bytes[2 + i % 4]);
    return {bytes[0] & 0x0F, payload};
}

config::Pattern pattern(const std::string& text) { return *config::Pattern::compile(text); }

TEST(WebSocketExchange, PingsAndTakesThePong) {
    WebSocketExchange exchange("", {}, Ping::sent);
    EXPECT_EQ(opened(exchange.take_output()), std::pair(9, "tidegate"s));
    EXPECT_EQ(exchange.take_output(), "");
    exchange.receive(frame(1, "hello"));
    exchange.receive(frame(10, "unasked"));
    EXPECT_EQ(exchange.state(), State::waiting);
    exchange.receive(frame(10, "tidegate"));
    EXPECT_EQ(exchange.state(), State::passed);
}

TEST(WebSocketExchange, MayBeSatisfiedWithTheHandshake) {
    WebSocketExchange exchange("", {}, Ping::none);
    EXPECT_EQ(exchange.take_output(), "");
    EXPECT_EQ(exchange.state(), State::passed);
    EXPECT_EQ(WebSocketExchange("", pattern("hello"), Ping::none).state(), State::waiting);
}

TEST(WebSocketExchange, SendsATextAndTakesAnyMessage) {
    WebSocketExchange exchange("are you there?", {}, Ping::sent);
    EXPECT_EQ(opened(exchange.take_output()), std::pair(1, "are you there?"s));
    exchange.receive(frame(10, ""));
    EXPECT_EQ(exchange.state(), State::waiting);
    exchange.receive(frame(2, "yes"));
    EXPECT_EQ(exchange.state(), State::passed);
}

TEST(WebSocketExchange, WaitsForTheMessageThatMatches) {
    WebSocketExchange exchange("x", pattern("^y.s$"), Ping::sent);
    exchange.receive(frame(1, "welcome"));
    EXPECT_EQ(exchange.state(), State::waiting);
    exchange.receive(frame(1, "y", false) + frame(9, "hi") + frame(0, "es"));
    EXPECT_EQ(exchange.state(), State::passed);
}

TEST(WebSocketExchange, WithAPatternAloneSaysNothing) {
    WebSocketExchange exchange("", pattern("hello"), Ping::sent);
    EXPECT_EQ(exchange.take_output(), "");
    exchange.receive(frame(1, "hello"));
    EXPECT_EQ(exchange.state(), State::passed);
}

TEST(WebSocketExchange, AnswersPings) {
    WebSocketExchange exchange("", pattern("never"), Ping::sent);
    exchange.receive(frame(9, "are you?"));
    EXPECT_EQ(opened(exchange.take_output()), std::pair(10, "are you?"s));
}

TEST(WebSocketExchange, FailsWhereTheProtocolIsBroken) {
    struct Row {
        std::string bytes;
        std::string problem;
    };
    const std::vector<Row> rows = {
        {frame(8, "\x03\xE9"), "it closed the WebSocket"},
        {frame(0, "x"), "it sent frames out of order"},
        {frame(1, "x", false) + frame(1, "y"), "it sent frames out of order"},
        {"\x81\x85", "it sent a masked frame"},
    };
    for (const Row& row : rows) {
        WebSocketExchange exchange("", {}, Ping::sent);
        exchange.receive(row.bytes);
        EXPECT_EQ(exchange.state(), State::failed);
        EXPECT_EQ(exchange.problem(), row.problem);
    }
}

TEST(WebSocketExchange, IsBounded) {
    WebSocketExchange in_one_message("", {}, Ping::sent);
    in_one_message.receive(frame(1, "x", false));
    for (int i = 0; i < 1000 && in_one_message.state() == State::waiting; ++i)
        in_one_message.receive(frame(0, std::string(100, 'x'), false));
    EXPECT_EQ(in_one_message.problem(), "it sent a message that is too large");

    WebSocketExchange in_many("", {}, Ping::sent);
    for (int i = 0; i < 20000 && in_many.state() == State::waiting; ++i)
        in_many.receive(frame(1, std::string(100, 'x')));
    EXPECT_EQ(in_many.problem(), "it sent much and not what is expected");
}

}  // namespace
}  // namespace proxy_tests
