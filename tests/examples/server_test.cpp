// The server with handlers that misbehave: overflow, exceptions, and the promises about on_close().
#include "websocket/server.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/websocket.hpp>
#include <gtest/gtest.h>

namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

constexpr std::size_t queue_bytes = 256 * 1024;

/// What a handler does is its test's; it counts its ends.
class Scripted final : public backend::WebSocketHandler {
  public:
    using Script = std::function<void(Scripted&, const std::string&)>;
    Scripted(const Script& script, int& closes) : script_(script), closes_(closes) {}

    void on_message(const backend::Message& message) override { script_(*this, message.data); }
    void on_close() override { ++closes_; }
    using WebSocketHandler::close;
    using WebSocketHandler::get_argument;
    using WebSocketHandler::queued_bytes;
    using WebSocketHandler::write_message;

  private:
    const Script& script_;
    int& closes_;
};

class ServerTest : public testing::Test {
  protected:
    ServerTest() {
        backend::Limits limits;
        limits.queue_bytes = queue_bytes;
        limits.close_timeout = std::chrono::seconds(2);
        limits.compression = backend::Compression::off;
        application_.route<Scripted>("/", script_, closes_);
        server_.emplace(loop_, application_, limits);
        const auto bound = server_->listen("127.0.0.1", 0);
        port_ = static_cast<std::uint16_t>(std::stoi(bound.substr(bound.rfind(':') + 1)));
    }

    void TearDown() override { stop(); }

    void serve() {
        thread_ = std::jthread([this] { loop_.run(); });
    }

    /// The server's thread has ended behind it, so that what it wrote can be looked at.
    void stop() {
        if (!thread_.joinable()) return;
        asio::post(loop_, [this] { server_->stop(); });
        thread_.join();
    }

    /// Sends "go", reads everything, and gives back the code of the Close frame. Counts what came before it.
    std::uint16_t code_of_close() {
        asio::io_context loop;
        websocket::stream<asio::ip::tcp::socket> client(loop);
        client.next_layer().connect({asio::ip::make_address("127.0.0.1"), port_});
        client.handshake("localhost", "/");
        client.write(asio::buffer("go", 2));
        boost::system::error_code error;
        while (!error) {
            boost::beast::flat_buffer message;
            received_ += client.read(message, error);
        }
        EXPECT_EQ(error, websocket::error::closed) << error.message();
        return client.reason().code;
    }

    Scripted::Script script_;
    int closes_ = 0;
    std::size_t received_ = 0;
    backend::Application application_;
    asio::io_context loop_{1};
    std::optional<backend::Server> server_;
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

TEST_F(ServerTest, ClosesAConnectionWhoseQueueIsFullAndLetsTheQueueGo) {
    std::size_t largest = 0;
    script_ = [&largest](Scripted& handler, const std::string&) {
        for (int i = 0; i < 1000; ++i) {
            handler.write_message(std::string(64 * 1024, 'x'));
            largest = std::max(largest, handler.queued_bytes());
        }
    };
    serve();
    EXPECT_EQ(code_of_close(), backend::close_code::try_again_later);
    stop();
    EXPECT_LE(largest, queue_bytes + 64 * 1024);
    EXPECT_LE(received_, queue_bytes);
    EXPECT_EQ(closes_, 1);
}

TEST_F(ServerTest, SendsWhatIsQueuedBeforeAClose) {
    script_ = [](Scripted& handler, const std::string&) {
        handler.write_message("first");
        handler.write_message("second");
        handler.close(4000, std::string(500, 'r'));
        handler.write_message("too late");
    };
    serve();
    EXPECT_EQ(code_of_close(), 4000);
    EXPECT_EQ(received_, std::string("firstsecond").size());
    stop();
    EXPECT_EQ(closes_, 1);
}

TEST_F(ServerTest, ClosesWith1011WhenAHandlerThrows) {
    script_ = [](Scripted&, const std::string&) { throw std::runtime_error("of the test"); };
    serve();
    EXPECT_EQ(code_of_close(), backend::close_code::internal_error);
    stop();
    EXPECT_EQ(closes_, 1);
}

TEST_F(ServerTest, ClosesWith1008WhenAnArgumentIsMissing) {
    script_ = [](Scripted& handler, const std::string&) { handler.get_argument("missing"); };
    serve();
    EXPECT_EQ(code_of_close(), backend::close_code::policy_violation);
    stop();
    EXPECT_EQ(closes_, 1);
}

}  // namespace
