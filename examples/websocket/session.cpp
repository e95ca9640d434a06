// Reads messages one by one, writes the queue one by one, and ends every connection in bounded time.
#include "websocket/session.hpp"

#include <iostream>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>

namespace backend {
namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

/// A Close frame holds at most 123 bytes of reason (RFC 6455, section 5.5); cut between two characters.
std::string cut_reason(std::string reason) {
    constexpr std::size_t largest = 123;
    if (reason.size() <= largest) return reason;
    std::size_t end = largest;
    while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0) == 0x80) --end;
    reason.resize(end);
    return reason;
}

}  // namespace

Session::Session(Stream stream, Request request, Limits limits)
    : stream_(std::move(stream)),
      request_(std::move(request)),
      limits_(limits),
      room_(stream_.get_executor(), asio::steady_timer::time_point::max()),
      close_deadline_(stream_.get_executor()) {}

WebSocketHandler& Session::adopt(std::unique_ptr<WebSocketHandler> handler) {
    handler_ = std::move(handler);
    handler_->attach(request_, *this);
    return *handler_;
}

asio::awaitable<void> Session::run(std::shared_ptr<Session> self, Upgrade upgrade,
                                   std::optional<std::string> subprotocol) {
    self->configure(std::move(subprotocol));
    error_code error;
    co_await self->stream_.async_accept(upgrade, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    self->state_ = State::open;
    self->call_handler([](WebSocketHandler& handler) { handler.open(); });
    co_await self->read_messages();
    self->state_ = State::closed;
    self->queue_.clear();
    self->close_deadline_.cancel();
    self->call_handler([](WebSocketHandler& handler) { handler.on_close(); });
}

/// Reading ends with the connection: a Close from either side, an error, or an idle timeout.
asio::awaitable<void> Session::read_messages() {
    while (true) {
        error_code error;
        co_await stream_.async_read(received_, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        const auto kind = stream_.got_text() ? MessageKind::text : MessageKind::binary;
        const Message message{beast::buffers_to_string(received_.data()), kind};
        received_.consume(received_.size());
        if (state_ == State::open) {
            call_handler([&message](WebSocketHandler& handler) { handler.on_message(message); });
        }
        // A client that sends but does not read is not listened to either: TCP makes it wait.
        while (state_ == State::open && queued_bytes_ > limits_.queue_bytes / 2) {
            co_await room_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        }
    }
}

template <class Call>
void Session::call_handler(Call call) {
    try {
        call(*handler_);
    } catch (const BadArgument& problem) {
        close(close_code::policy_violation, problem.what());
    } catch (const std::exception& problem) {
        std::cerr << "handler of " << request_.path << " failed: " << problem.what() << '\n';
        close(close_code::internal_error, "internal error");
    }
}

void Session::configure(std::optional<std::string> subprotocol) {
    beast::get_lowest_layer(stream_).expires_never();  // from here the WebSocket layer keeps time
    stream_.set_option(beast::websocket::stream_base::timeout{
        .handshake_timeout = limits_.request_timeout,
        .idle_timeout = limits_.idle_timeout,
        .keep_alive_pings = true,
    });
    stream_.read_message_max(limits_.message_bytes);
    stream_.auto_fragment(false);
    beast::websocket::permessage_deflate deflate;
    deflate.server_enable = limits_.compression == Compression::permessage_deflate;
    stream_.set_option(deflate);
    stream_.set_option(beast::websocket::stream_base::decorator(
        [subprotocol = std::move(subprotocol)](beast::websocket::response_type& response) {
            response.set(beast::http::field::server, "tidegate-backend");
            if (subprotocol) response.set(beast::http::field::sec_websocket_protocol, *subprotocol);
        }));
}

void Session::send(OutgoingMessage message) {
    if (state_ != State::open) return;
    if (queued_bytes_ >= limits_.queue_bytes) {
        queue_.clear();
        queued_bytes_ = writing_ ? writing_->data.size() : 0;
        close(close_code::try_again_later, "reads too slowly");
        return;
    }
    queued_bytes_ += message->data.size();
    queue_.push_back(std::move(message));
    write_next();
}

void Session::close(std::uint16_t code, std::string reason) {
    if (state_ != State::open) return;
    state_ = State::closing;
    close_reason_.emplace(static_cast<beast::websocket::close_code>(code), cut_reason(std::move(reason)));
    room_.cancel();
    close_deadline_.expires_after(limits_.close_timeout);
    close_deadline_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) beast::get_lowest_layer(self->stream_).close();
    });
    write_next();
}

void Session::write_next() {
    if (writing_) return;
    if (queue_.empty()) {
        if (state_ == State::closing) start_close();
        return;
    }
    writing_ = std::move(queue_.front());
    queue_.pop_front();
    stream_.binary(writing_->kind == MessageKind::binary);
    stream_.async_write(asio::buffer(writing_->data),
                        [self = shared_from_this()](error_code error, std::size_t) { self->written(error); });
}

void Session::written(error_code error) {
    queued_bytes_ -= writing_->data.size();
    writing_.reset();
    room_.cancel();
    if (error || state_ == State::closed) return;  // the reader sees the end of the connection too
    write_next();
    wake();
}

void Session::wake() {
    if (state_ != State::open || writing_) return;
    call_handler([](WebSocketHandler& handler) { handler.on_drained(); });
}

void Session::start_close() {
    if (!close_reason_) return;
    const auto reason = *close_reason_;
    close_reason_.reset();  // one Close frame only
    stream_.async_close(
        reason, [self = shared_from_this()](error_code) { beast::get_lowest_layer(self->stream_).close(); });
}

}  // namespace backend
