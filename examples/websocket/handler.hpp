// The base class of a WebSocket handler, in the shape of Tornado's WebSocketHandler.
#pragma once

#include "websocket/message.hpp"
#include "websocket/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backend {

/// Where a handler's messages go: the live connection, or a recorder in a test.
class Channel {
  public:
    virtual ~Channel() = default;
    virtual void send(OutgoingMessage message) = 0;
    virtual void close(std::uint16_t code, std::string reason) = 0;
    virtual std::size_t queued_bytes() const = 0;
    virtual void wake() = 0;
};

/// Close codes the backends use (RFC 6455, section 7.4.1, and the IANA registry for 1013).
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t try_again_later = 1013;
}  // namespace close_code

/// One object per connection. Override what is needed; everything is called on the one thread that runs the
/// event loop, as in Tornado, so handlers need no locks and must not block. An exception out of an overridden
/// function closes the connection: with 1008 for BadArgument, otherwise with 1011.
class WebSocketHandler {
  public:
    WebSocketHandler() = default;
    WebSocketHandler(const WebSocketHandler&) = delete;
    WebSocketHandler& operator=(const WebSocketHandler&) = delete;
    virtual ~WebSocketHandler() = default;

    /// Behind check_origin(), before the handshake is answered: a BadArgument here refuses it with 400.
    /// Nothing can be written yet.
    virtual void prepare() {}
    /// After the handshake.
    virtual void open() {}
    virtual void on_message(const Message& message) = 0;
    /// Everything written so far has left for the network. Write the next piece of something large here, and
    /// memory stays bounded however slowly the other side reads.
    virtual void on_drained() {}
    /// Exactly once for each open(); never from inside write_message() or close().
    virtual void on_close() {}

    /// Whether a browser's page from `origin` may connect. By default its host and port must be those of the
    /// Host header; a client without Origin is not asked. A refusal is a 403.
    virtual bool check_origin(std::string_view origin) const;
    /// One of `offered` (never empty), or nothing to go on without a subprotocol.
    virtual std::optional<std::string> select_subprotocol(const std::vector<std::string>& offered);

    /// There is news for this handler: calls on_drained() now if nothing is queued; otherwise it comes
    /// anyway.
    void wake() { channel_->wake(); }

    /// For the server, before prepare(). Both outlive every later call.
    void attach(const Request& request, Channel& channel);

  protected:
    /// Queues a message; ignored after the connection closed. A queue that is already full closes the
    /// connection with 1013 instead: bound what you write with queued_bytes() or on_drained().
    void write_message(std::string text);
    void write_message(Message message);
    void write_message(OutgoingMessage message);
    /// Bytes written and not yet taken by the network.
    std::size_t queued_bytes() const { return channel_->queued_bytes(); }
    /// Sends what is queued, then a Close frame. `reason`: at most 123 bytes of UTF-8, longer is cut.
    void close(std::uint16_t code = close_code::normal, std::string reason = {});

    /// The value of `?name=value`, surrounding white space removed; the last one if there are several.
    /// Without a default a missing argument is a BadArgument.
    std::string get_argument(std::string_view name) const;
    std::string get_argument(std::string_view name, std::string_view fallback) const;
    /// A decimal number from 0 to `largest`; greater is cut to `largest`, anything else is a BadArgument.
    std::size_t get_number(std::string_view name, std::size_t fallback, std::size_t largest) const;

    const Request& request() const { return *request_; }

  private:
    const Request* request_ = nullptr;
    Channel* channel_ = nullptr;
};

}  // namespace backend
