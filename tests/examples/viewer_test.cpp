// What a viewer gets of lines that come while its handshake is answered; the event loop goes step by step.
#include "logtail/viewer.hpp"

#include "tests/support/temporary_folder.hpp"
#include "websocket/server.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::string_view handshake =
    "GET /logs?last=0 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

class ViewerTest : public testing::Test {
  protected:
    ViewerTest() {
        append(file_, "old\n");
        log_.emplace(loop_.get_executor(), file_);
        application_.route<logtail::Viewer>("/logs", *log_);
        server_.emplace(loop_, application_, backend::Limits{});
        const auto bound = server_->listen("127.0.0.1", 0);
        const int port = std::stoi(bound.substr(bound.rfind(':') + 1));
        client_.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
    }

    ~ViewerTest() override {
        client_.close();
        server_->stop();
        loop_.run();
    }

    /// Lets the server do one thing after the other, until the client has been sent `enough` bytes.
    std::string receive(std::size_t enough) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (client_.available() < enough && loop_.run_one_until(deadline) == 1) {
        }
        std::string got(client_.available(), '\0');
        asio::read(client_, asio::buffer(got));
        return got;
    }

    TemporaryFolder folder_;
    std::filesystem::path file_ = folder_ / "access.log";
    asio::io_context loop_{1};
    std::optional<logtail::Log> log_;
    backend::Application application_;
    std::optional<backend::Server> server_;
    asio::io_context other_;
    asio::ip::tcp::socket client_{other_};
};

// A client that has seen the 101 may write a line before the server does anything further.
TEST_F(ViewerTest, GetsEveryLineFromTheAnswerToItsHandshakeOn) {
    asio::write(client_, asio::buffer(handshake));
    const auto head = receive(1);
    ASSERT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
    ASSERT_TRUE(head.ends_with("\r\n\r\n")) << head;
    append(file_, "new\n");
    EXPECT_EQ(receive(5), "\x81\x03new");
}

}  // namespace
