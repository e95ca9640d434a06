// Reads HTTP messages from a stream one after the other: a head, then its body piece by piece.
#pragma once

#include <optional>
#include <span>

#include <boost/beast/core/flat_buffer.hpp>

#include "net/stream.hpp"
#include "proxy/http/framing.hpp"
#include "proxy/http/head_scanner.hpp"
#include "proxy/http/message_parser.hpp"

namespace proxy::http {

/// What a message is read with: bytes received and not used yet stay in `buffer` for whatever comes next.
template <bool isRequest>
class MessageReader {
 public:
    using Head = typename MessageParser<isRequest>::Head;
    using Pieces = std::span<const std::string_view>;

    MessageReader(net::Stream& stream, boost::beast::flat_buffer& buffer) : stream_(stream), buffer_(buffer) {}

    /// Reads the next head. `timeout` bounds the whole of a request's head (nginx: client_header_timeout) and the time
    /// between two reads of a response's (proxy_read_timeout, which an upload in the meantime may postpone); zero or
    /// less means no limit. The head lives until the next read_head().
    /// Errors: those of HeadScanner, malformed, unsupported_version, and the stream's; `eof` only before the
    /// first byte, a head cut short is malformed.
    net::Task<net::IoResult<Head*>> read_head(HeadLimits limits, net::Duration timeout);

    /// Tells how the body ends; to be called once after read_head(), before read_body().
    void expect_body(const Framing& framing) { framing_ = framing; }

    bool body_done() const { return !framing_.has_body() || parser_->is_done(); }

    /// The next bytes of the body, at most `most_pieces` views into the buffer that are valid until the next call.
    /// May be empty when only framing came. Errors: malformed, the stream's, `eof` for a body cut short.
    net::Task<net::IoResult<Pieces>> read_body(net::Duration timeout);

    /// Those that have come with what was read last: read_body() without reading from the stream.
    net::IoResult<Pieces> buffered_body();

    const Fields& trailers() const { return parser_->trailers; }

    /// True when bytes are at hand that read_body() or read_head() would use without reading from the stream.
    bool has_buffered() const { return unused_bytes() > 0; }

    /// Takes what has come, without waiting. False when that is nothing, or an end or an error, which read_head() will tell.
    bool read_at_once();

    /// Gives the memory of an empty buffer back, for an idle connection.
    void release_buffer();

    /// The memory of an empty buffer, for somebody else to read into; no memory when there are bytes in it.
    boost::beast::flat_buffer give_up_memory();

    /// Takes the bytes that came behind the message.
    std::string take_unused();

    static constexpr std::size_t most_pieces = 30;

 private:
    std::size_t unused_bytes() const { return buffer_.size() - consumed_; }
    void drop_consumed();
    net::IoResult<Head*> parse_head(std::size_t size);
    net::ErrorCode parse_body();

    net::Stream& stream_;
    boost::beast::flat_buffer& buffer_;
    std::optional<MessageParser<isRequest>> parser_;
    Framing framing_;
    std::size_t consumed_ = 0;  // bytes at the front of the buffer that the last pieces point into
};

using RequestReader = MessageReader<true>;
using ResponseReader = MessageReader<false>;

extern template class MessageReader<true>;
extern template class MessageReader<false>;

}  // namespace proxy::http
