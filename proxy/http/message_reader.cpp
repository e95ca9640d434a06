// Feeding a stream's bytes through the head scanner and Beast's parser.
#include "proxy/http/message_reader.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>

namespace proxy::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

constexpr std::size_t head_read_size = 4096;
constexpr std::size_t body_read_size = 65536;

std::string_view text_of(const beast::flat_buffer& buffer) {
    const auto data = buffer.cdata();
    return {static_cast<const char*>(data.data()), data.size()};
}

// Beast reports "HTTP/2.0" and garbage alike as a bad version; only the former deserves a 505.
bool names_other_version(std::string_view head) {
    const std::string_view line = head.substr(0, head.find('\r'));
    const std::size_t version = line.rfind(" HTTP/");
    if (version == line.npos) return false;
    const std::string_view digits = line.substr(version + 6);
    return digits.size() == 3 && digits[0] >= '2' && digits[0] <= '9' && digits[1] == '.' && digits[2] >= '0' &&
           digits[2] <= '9';
}

bool has_bare_line_feed(std::string_view text) {
    for (std::size_t feed = text.find('\n'); feed != text.npos; feed = text.find('\n', feed + 1))
        if (feed == 0 || text[feed - 1] != '\r') return true;
    return false;
}

// A client may send an empty line behind a body (RFC 9112, 2.2); a few are forgiven.
void skip_empty_lines(beast::flat_buffer& buffer) {
    while (text_of(buffer).starts_with("\r\n")) buffer.consume(2);
}

}  // namespace

template <bool isRequest>
void MessageReader<isRequest>::drop_consumed() {
    buffer_.consume(consumed_);
    consumed_ = 0;
}

template <bool isRequest>
auto MessageReader<isRequest>::read_head(HeadLimits limits, net::Duration timeout)
    -> net::Task<net::IoResult<Head*>> {
    drop_consumed();
    parser_.emplace();
    framing_ = {};
    HeadScanner scanner(limits);
    std::size_t empty_bytes = 0;
    const bool limited = isRequest && timeout > net::Duration::zero();
    std::optional<net::TimePoint> deadline;  // from the first time that it has to wait
    for (;;) {
        if constexpr (isRequest) {
            const std::size_t before = buffer_.size();
            if (empty_bytes <= 8) skip_empty_lines(buffer_);
            empty_bytes += before - buffer_.size();
        }
        // A lone carriage return may become an empty line that is skipped: the scanner must not see it yet.
        const bool undecided = isRequest && text_of(buffer_) == "\r";
        if (!undecided && buffer_.size() > 0) {
            const auto size = scanner.scan(text_of(buffer_));
            if (!size) co_return size.error();
            if (*size > 0) co_return parse_head(*size);
        }
        const auto space = buffer_.prepare(head_read_size);
        auto received = stream_.read_at_once(space);
        if (!received) {
            auto left = timeout;
            if (limited && !deadline) {
                deadline = stream_.now() + timeout;
            } else if (limited) {
                left = std::chrono::duration_cast<net::Duration>(*deadline - stream_.now());
                if (left <= net::Duration::zero()) co_return net::ErrorCode(asio::error::timed_out);
            }
            received = co_await stream_.read_some(space, left);
        }
        if (*received) {
            buffer_.commit(**received);
            continue;
        }
        const bool cut_short = received->error() == asio::error::eof && buffer_.size() > 0;
        co_return cut_short ? net::ErrorCode(MessageError::malformed) : received->error();
    }
}

template <bool isRequest>
auto MessageReader<isRequest>::parse_head(std::size_t size) -> net::IoResult<Head*> {
    const std::string_view head = text_of(buffer_).substr(0, size);
    net::ErrorCode error;
    // With eager off, Beast takes the start line and the fields in one call.
    const std::size_t parsed = parser_->parse(head, error);
    if (error || parsed != size || !parser_->is_header_done()) {
        const bool other_version = error == beast::http::error::bad_version && names_other_version(head);
        return net::ErrorCode(other_version ? MessageError::unsupported_version : MessageError::malformed);
    }
    buffer_.consume(size);
    return &parser_->head;
}

template <bool isRequest>
bool MessageReader<isRequest>::read_at_once() {
    if (!stream_.can_read_at_once()) return false;  // and no memory is taken for it
    const auto received = stream_.read_at_once(buffer_.prepare(head_read_size));
    if (!received || !*received) return false;
    buffer_.commit(**received);
    return true;
}

template <bool isRequest>
net::ErrorCode MessageReader<isRequest>::parse_body() {
    while (!parser_->is_done() && parser_->pieces.size() < most_pieces && unused_bytes() > 0) {
        const std::string_view text = text_of(buffer_).substr(consumed_);
        net::ErrorCode error;
        consumed_ += parser_->parse(text, error);
        if (error == beast::http::error::need_more) {
            // Chunk headers and trailers need to be contiguous; nobody needs one this long. Beast looks for CRLF alone
            // and would wait for it behind a bare line feed.
            return text.size() >= head_read_size || has_bare_line_feed(text) ? net::ErrorCode(MessageError::malformed) : net::ErrorCode();
        }
        if (error) return MessageError::malformed;
    }
    return {};
}

template <bool isRequest>
auto MessageReader<isRequest>::buffered_body() -> net::IoResult<Pieces> {
    parser_->pieces.clear();
    drop_consumed();
    if (body_done()) return Pieces();
    if (const net::ErrorCode error = parse_body()) return error;
    return Pieces(parser_->pieces);
}

template <bool isRequest>
auto MessageReader<isRequest>::read_body(net::Duration timeout) -> net::Task<net::IoResult<Pieces>> {
    const auto buffered = buffered_body();
    if (!buffered || !buffered->empty() || body_done()) co_return buffered;
    const auto received = co_await stream_.read_some(buffer_.prepare(body_read_size), timeout);
    if (received) {
        buffer_.commit(*received);
        co_return buffered_body();
    }
    if (received.error() != asio::error::eof || framing_.end != BodyEnd::close) co_return received.error();
    net::ErrorCode ignored;  // put_eof fails only for messages that end otherwise
    parser_->put_eof(ignored);
    co_return Pieces();
}

template <bool isRequest>
std::string MessageReader<isRequest>::take_unused() {
    drop_consumed();
    std::string unused(text_of(buffer_));
    buffer_.consume(buffer_.size());
    return unused;
}

template <bool isRequest>
void MessageReader<isRequest>::release_buffer() {
    drop_consumed();
    parser_.reset();
    if (buffer_.size() == 0) buffer_.shrink_to_fit();
}

template <bool isRequest>
beast::flat_buffer MessageReader<isRequest>::give_up_memory() {
    return buffer_.size() == 0 ? std::move(buffer_) : beast::flat_buffer();
}

template class MessageReader<true>;
template class MessageReader<false>;

}  // namespace proxy::http
