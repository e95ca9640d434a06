// An upgraded connection: reads messages into a handler and writes its queue, both within the limits.
#pragma once

#include "websocket/handler.hpp"
#include "websocket/limits.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>

namespace backend {

/// TCP and unix sockets alike, so that everything above is compiled once.
using Stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
using Upgrade = boost::beast::http::request<boost::beast::http::empty_body>;

class Session final : public Channel, public std::enable_shared_from_this<Session> {
  public:
    /// `handler` has been attached to this session's request by the caller through adopt().
    Session(Stream stream, Request request, Limits limits);

    /// Attaches the handler. Before run().
    WebSocketHandler& adopt(std::unique_ptr<WebSocketHandler> handler);

    /// Answers the handshake, then serves the connection until it is closed. `subprotocol`: the selected one.
    static boost::asio::awaitable<void> run(std::shared_ptr<Session> self, Upgrade upgrade,
                                            std::optional<std::string> subprotocol);

    /// The socket back, for a refusal instead of run().
    Stream release_stream() { return std::move(stream_.next_layer()); }

    void send(OutgoingMessage message) override;
    void close(std::uint16_t code, std::string reason) override;
    std::size_t queued_bytes() const override { return queued_bytes_; }
    void wake() override;

  private:
    enum class State { handshake, open, closing, closed };

    boost::asio::awaitable<void> read_messages();
    template <class Call>
    void call_handler(Call call);
    void configure(std::optional<std::string> subprotocol);
    void write_next();
    void written(boost::system::error_code error);
    void start_close();

    boost::beast::websocket::stream<Stream> stream_;
    Request request_;
    Limits limits_;
    std::unique_ptr<WebSocketHandler> handler_;
    boost::beast::flat_buffer received_;
    std::deque<OutgoingMessage> queue_;
    std::size_t queued_bytes_ = 0;
    State state_ = State::handshake;
    OutgoingMessage writing_;  ///< what the network is taking now; its bytes are in queued_bytes_
    std::optional<boost::beast::websocket::close_reason> close_reason_;
    boost::asio::steady_timer room_;  ///< cancelled to wake a reader that waits for queue room
    boost::asio::steady_timer close_deadline_;
};

}  // namespace backend
