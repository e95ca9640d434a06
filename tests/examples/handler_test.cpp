// The base class of handlers: arguments with their bounds, the origin check, what is written.
#include "websocket/handler.hpp"

#include <gmock/gmock.h>

namespace {

using backend::BadArgument;

class Recorder final : public backend::Channel {
  public:
    void send(backend::OutgoingMessage message) override { sent.push_back(*message); }
    void close(std::uint16_t code, std::string) override { closed_with = code; }
    std::size_t queued_bytes() const override { return 0; }
    void wake() override { ++woken; }

    std::vector<backend::Message> sent;
    std::uint16_t closed_with = 0;
    int woken = 0;
};

class Handler final : public backend::WebSocketHandler {
  public:
    void on_message(const backend::Message& message) override {
        write_message(message);
        write_message("again: " + message.data);
        close();
    }
    using WebSocketHandler::get_argument;
    using WebSocketHandler::get_number;
};

class HandlerTest : public testing::Test {
  protected:
    void attach(std::string_view target, std::string_view host = "example.com") {
        boost::beast::http::fields headers;
        headers.set(boost::beast::http::field::host, host);
        request_ = *backend::Request::parse(target, headers);
        handler_.attach(request_, recorder_);
    }

    Recorder recorder_;
    backend::Request request_;
    Handler handler_;
};

TEST_F(HandlerTest, WritesTextAndBinaryAndCloses) {
    attach("/");
    handler_.on_message({"x", backend::MessageKind::binary});
    EXPECT_THAT(recorder_.sent,
                testing::ElementsAre(backend::Message{"x", backend::MessageKind::binary},
                                     backend::Message{"again: x", backend::MessageKind::text}));
    EXPECT_EQ(recorder_.closed_with, backend::close_code::normal);
}

TEST_F(HandlerTest, GivesArgumentsWithoutSurroundingSpace) {
    attach("/?name=%20value%20&other=");
    EXPECT_EQ(handler_.get_argument("name"), "value");
    EXPECT_EQ(handler_.get_argument("other", "fallback"), "");
    EXPECT_EQ(handler_.get_argument("missing", "fallback"), "fallback");
}

TEST_F(HandlerTest, RefusesAMissingArgumentWithoutAFallback) {
    attach("/?name=value");
    EXPECT_THROW(handler_.get_argument("missing"), BadArgument);
}

TEST_F(HandlerTest, BoundsNumbers) {
    attach("/?small=7&large=5000&huge=99999999999999999999999&word=ten&minus=-1&part=5x&none=");
    EXPECT_EQ(handler_.get_number("small", 1, 100), 7u);
    EXPECT_EQ(handler_.get_number("large", 1, 100), 100u);
    EXPECT_EQ(handler_.get_number("huge", 1, 100), 100u);
    EXPECT_EQ(handler_.get_number("missing", 42, 100), 42u);
    for (const auto* name : {"word", "minus", "part", "none"}) {
        EXPECT_THROW(handler_.get_number(name, 1, 100), BadArgument) << name;
    }
}

TEST_F(HandlerTest, AllowsOnlyPagesFromTheSameHost) {
    attach("/", "example.com:8000");
    EXPECT_TRUE(handler_.check_origin("http://example.com:8000"));
    EXPECT_FALSE(handler_.check_origin("http://example.com"));
    EXPECT_FALSE(handler_.check_origin("http://elsewhere.net:8000"));
}

TEST_F(HandlerTest, SelectsNoSubprotocolByItself) {
    attach("/");
    EXPECT_EQ(handler_.select_subprotocol({"chat", "echo"}), std::nullopt);
}

}  // namespace
