// Reads and writes of a stream under deadlines.
#include "net/stream.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace net {

namespace asio = boost::asio;

namespace {

// Arms a deadline for as long as one operation is pending. `timed_out` is about that operation alone: a deadline may
// have passed while an earlier one had succeeded already.
class Armed {
 public:
    Armed(Deadline& deadline, bool& timed_out, Duration timeout) : deadline_(deadline) {
        timed_out = false;
        if (timeout > Duration::zero()) deadline_.arm(timeout);
    }
    ~Armed() { deadline_.disarm(); }
    Armed(const Armed&) = delete;
    Armed& operator=(const Armed&) = delete;

 private:
    Deadline& deadline_;
};

// The buffers that are left after the first `count` bytes have been written.
std::span<asio::const_buffer> consume(std::span<asio::const_buffer> buffers, std::size_t count) {
    while (!buffers.empty() && count >= buffers.front().size()) {
        count -= buffers.front().size();
        buffers = buffers.subspan(1);
    }
    if (!buffers.empty()) buffers.front() += count;
    return buffers;
}

// recv() of one byte that stays where it is.
ssize_t look_ahead(int descriptor) {
    char byte = 0;
    return ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

std::string join(std::span<const asio::const_buffer> buffers) {
    std::string text;
    text.reserve(asio::buffer_size(buffers));
    for (const asio::const_buffer& buffer : buffers)
        text.append(static_cast<const char*>(buffer.data()), buffer.size());
    return text;
}

}  // namespace

void prepare(Socket& socket) {
    ErrorCode ignored;  // a socket whose peer is gone already fails at its first read, with a better error
    socket.non_blocking(true, ignored);
    if (socket.local_endpoint(ignored).protocol().family() != AF_UNIX)
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Stream::Stream(Socket socket, DeadlineQueue& deadlines)
    : socket_(std::move(socket)),
      read_deadline_(deadlines, &Stream::expire, this),
      write_deadline_(deadlines, &Stream::expire, this) {}

// Cancelling ends the pending calls of both directions, so both have been ended by the clock.
void Stream::expire(void* self) {
    auto& stream = *static_cast<Stream*>(self);
    stream.read_timed_out_ = stream.write_timed_out_ = true;
    stream.cancel();
}

ErrorCode Stream::verdict(ErrorCode error, bool timed_out) const {
    return error == asio::error::operation_aborted && timed_out ? ErrorCode(asio::error::timed_out) : error;
}

Task<IoResult<std::size_t>> Stream::read_some(asio::mutable_buffer buffer, Duration timeout) {
    const Armed armed(read_deadline_, read_timed_out_, timeout);
    if (tls_) {
        auto received = co_await read_encrypted(buffer);
        co_return received;
    }
    auto [error, count] = co_await socket_.async_read_some(buffer, no_throw);
    if (error) co_return verdict(error, read_timed_out_);
    co_return count;
}

Task<IoResult<>> Stream::wait_readable(Duration timeout) {
    if (tls_ && tls_->has_buffered()) co_return IoResult<>();
    const Armed armed(read_deadline_, read_timed_out_, timeout);
    auto [error] = co_await socket_.async_wait(Socket::wait_read, no_throw);
    if (error) co_return verdict(error, read_timed_out_);
    co_return IoResult<>();
}

Task<IoResult<>> Stream::write(std::span<const asio::const_buffer> buffers, Duration timeout) {
    static constexpr std::size_t most_buffers = 64;  // what one sendmsg takes in asio
    if (buffers.size() > most_buffers) co_return ErrorCode(asio::error::message_size);
    if (tls_) {
        // One record for a head and the pieces behind it, instead of one for each.
        const std::string joined = join(buffers);
        auto written = co_await write_encrypted(asio::buffer(joined), timeout);
        co_return written;
    }
    std::array<asio::const_buffer, most_buffers> storage;
    std::copy(buffers.begin(), buffers.end(), storage.begin());
    std::span<asio::const_buffer> left(storage.data(), buffers.size());

    while (!left.empty()) {
        // Most writes are taken whole by the socket at once, without a turn of the event loop.
        ErrorCode error;
        const std::size_t count = socket_.write_some(std::span<const asio::const_buffer>(left), error);
        if (error == asio::error::would_block) {
            const Armed armed(write_deadline_, write_timed_out_, timeout);
            auto [wait_error] = co_await socket_.async_wait(Socket::wait_write, no_throw);
            if (wait_error) co_return verdict(wait_error, write_timed_out_);
            continue;
        }
        if (error) co_return error;
        left = consume(left, count);
    }
    co_return IoResult<>();
}

Task<IoResult<>> Stream::write(std::string_view text, Duration timeout) {
    const asio::const_buffer buffer(text.data(), text.size());
    auto written = co_await write(std::span(&buffer, 1), timeout);
    co_return written;
}

Task<IoResult<>> Stream::wait_for(Progress progress) {
    const auto direction = progress == Progress::want_write ? Socket::wait_write : Socket::wait_read;
    auto [error] = co_await socket_.async_wait(direction, no_throw);
    if (error) co_return error;
    co_return IoResult<>();
}

Task<IoResult<>> Stream::start_tls(SslHandle session, Duration timeout) {
    tls_ = std::make_unique<TlsSession>(std::move(session), socket_.native_handle());
    const Armed armed(read_deadline_, read_timed_out_, timeout);
    for (;;) {
        const Outcome outcome = tls_->handshake();
        if (outcome.progress == Progress::done) co_return IoResult<>();
        if (outcome.progress == Progress::ended) co_return ErrorCode(asio::error::eof);
        if (outcome.progress == Progress::failed) co_return outcome.error;
        auto ready = co_await wait_for(outcome.progress);
        if (!ready) co_return verdict(ready.error(), read_timed_out_);
    }
}

Task<IoResult<std::size_t>> Stream::read_encrypted(asio::mutable_buffer buffer) {
    for (;;) {
        const Outcome outcome = tls_->read(static_cast<char*>(buffer.data()), buffer.size());
        if (outcome.progress == Progress::done) co_return outcome.count;
        if (outcome.progress == Progress::ended) co_return ErrorCode(asio::error::eof);
        if (outcome.progress == Progress::failed) co_return outcome.error;
        auto ready = co_await wait_for(outcome.progress);
        if (!ready) co_return verdict(ready.error(), read_timed_out_);
    }
}

Task<IoResult<>> Stream::write_encrypted(asio::const_buffer buffer, Duration timeout) {
    while (buffer.size() > 0) {
        const Outcome outcome = tls_->write({static_cast<const char*>(buffer.data()), buffer.size()});
        if (outcome.progress == Progress::done) {
            buffer += outcome.count;
            continue;
        }
        if (outcome.progress == Progress::ended) co_return ErrorCode(asio::error::eof);
        if (outcome.progress == Progress::failed) co_return outcome.error;
        const Armed armed(write_deadline_, write_timed_out_, timeout);
        auto ready = co_await wait_for(outcome.progress);
        if (!ready) co_return verdict(ready.error(), write_timed_out_);
    }
    co_return IoResult<>();
}

void Stream::cancel() {
    ErrorCode ignored;  // fails only on a closed socket, which has nothing pending
    socket_.cancel(ignored);
}

void Stream::shutdown_write() {
    if (tls_) tls_->shutdown();
    ErrorCode ignored;  // not connected any more: the other side has gone first
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
    if (tls_ && is_open()) tls_->shutdown();
    ErrorCode ignored;  // the descriptor is released in every case
    socket_.close(ignored);
}

void Stream::reset() {
    ErrorCode ignored;  // without the option the peer sees an end where a reset was meant; it is gone in any case
    socket_.set_option(Socket::linger(true, 0), ignored);
    socket_.close(ignored);
}

bool Stream::has_ended() {
    if (tls_) return tls_->has_ended();
    const ssize_t count = look_ahead(socket_.native_handle());
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool Stream::is_quiet() {
    if (tls_ && tls_->has_buffered()) return false;
    return look_ahead(socket_.native_handle()) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Stream::postpone_read(Duration timeout) {
    if (read_deadline_.armed()) read_deadline_.arm(timeout);
}

Transport Stream::release() {
    ErrorCode error;
    const int descriptor = socket_.release(error);
    return {Descriptor(error ? -1 : descriptor), std::move(tls_)};
}

}  // namespace net
