// Reads and writes of a stream under deadlines.
#include "net/stream.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <utility>

#include <boost/asio/error.hpp>

#include "net/system_calls.hpp"

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

// recv() of one byte that stays where it is.
ssize_t look_ahead(int descriptor) {
    char byte = 0;
    return ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

ErrorCode last_error() { return {errno, boost::system::system_category()}; }

bool would_block(const ErrorCode& error) {
    return error == asio::error::would_block || error == asio::error::try_again || error == asio::error::interrupted;
}

IoResult<std::size_t> send_some(int socket, const Unsent& unsent) {
    std::array<iovec, 64> pieces;
    std::size_t count = 0;
    const auto add = [&](const asio::const_buffer& buffer) {
        pieces[count++] = {const_cast<void*>(buffer.data()), buffer.size()};  // sendmsg does not write to it
    };
    add(unsent.first());
    for (const asio::const_buffer& buffer : unsent.rest().first(std::min(unsent.rest().size(), pieces.size() - 1)))
        add(buffer);
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    // The kernel takes a single piece for less.
    const ssize_t sent = count == 1 ? kernel::send(socket, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL)
                                    : ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0) return last_error();
    return static_cast<std::size_t>(sent);
}

std::string join(const Unsent& unsent) {
    std::string text;
    text.reserve(unsent.first().size() + asio::buffer_size(unsent.rest()));
    const auto add = [&](const asio::const_buffer& buffer) {
        text.append(static_cast<const char*>(buffer.data()), buffer.size());
    };
    add(unsent.first());
    for (const asio::const_buffer& buffer : unsent.rest()) add(buffer);
    return text;
}

Direction awaited(Progress progress) {
    return progress == Progress::want_write ? Direction::write : Direction::read;
}

}  // namespace

Stream::Stream(const Executor& executor, Descriptor socket, DeadlineQueue& deadlines)
    : socket_(std::move(socket)),
      readiness_(executor, socket_),
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

std::optional<IoResult<std::size_t>> Stream::read_at_once(asio::mutable_buffer buffer) {
    // A call that finds nothing would be one too many, and after most reads there is nothing.
    if (!can_read_at_once()) return std::nullopt;
    const ssize_t count = kernel::recv(socket_.descriptor(), buffer.data(), buffer.size(), 0);
    socket_.has_read(rest_after(count, buffer.size()));
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) return ErrorCode(asio::error::eof);
    if (const ErrorCode error = last_error(); !would_block(error)) return error;
    return std::nullopt;
}

Task<IoResult<std::size_t>> Stream::read_some(asio::mutable_buffer buffer, Duration timeout) {
    const Armed armed(read_deadline_, read_timed_out_, timeout);
    if (tls_) {
        auto received = co_await read_encrypted(buffer);
        co_return received;
    }
    for (;;) {
        if (const auto received = read_at_once(buffer)) co_return *received;
        auto [error] = co_await readiness_.wait(Direction::read);
        if (error) co_return verdict(error, read_timed_out_);
    }
}

// What a TLS connection has heard of may be no data, or be read already: OpenSSL's own BIO does not say what it leaves.
bool Stream::has_unread() {
    if (!tls_ || tls_->has_buffered()) return tls_ || socket_.is_readable();
    return socket_.is_readable() && noted(tls_->peek()).progress != Progress::want_read;
}

Task<IoResult<>> Stream::wait_readable(Duration timeout) {
    if (has_unread()) co_return IoResult<>();
    const Armed armed(read_deadline_, read_timed_out_, timeout);
    for (;;) {
        const Outcome sent = send_held();
        if (sent.progress == Progress::failed) co_return sent.error;
        auto [error] = co_await readiness_.wait(awaited(sent.progress));
        if (error) co_return verdict(error, read_timed_out_);
        if (sent.progress == Progress::done) co_return IoResult<>();
    }
}

Task<IoResult<>> Stream::wait_connected(Duration timeout) {
    const Armed armed(write_deadline_, write_timed_out_, timeout);
    auto [error] = co_await readiness_.wait(Direction::write);
    if (error) co_return verdict(error, write_timed_out_);
    int outcome = 0;
    socklen_t size = sizeof outcome;
    if (::getsockopt(socket_.descriptor(), SOL_SOCKET, SO_ERROR, &outcome, &size) != 0) co_return last_error();
    if (outcome != 0) co_return ErrorCode(outcome, boost::system::system_category());
    co_return IoResult<>();
}

void Unsent::drop(std::size_t bytes) {
    while (bytes >= first_.size()) {
        bytes -= first_.size();
        first_ = {};
        if (rest_.empty()) return;
        first_ = rest_.front();
        rest_ = rest_.subspan(1);
    }
    first_ += bytes;
}

IoResult<> Stream::write_at_once(Unsent& left) {
    full_ = false;
    while (!tls_ && !full_ && !left.empty()) {
        const auto sent = send_some(socket_.descriptor(), left);
        if (sent)
            left.drop(*sent);
        else if (would_block(sent.error()))
            full_ = true;
        else
            return sent.error();
    }
    return {};
}

Task<IoResult<>> Stream::write(Unsent left, Duration timeout) {
    if (tls_) {
        // One record for a head and the pieces behind it, instead of one for each.
        const std::string joined = join(left);
        auto written = co_await write_encrypted(asio::buffer(joined), timeout);
        co_return written;
    }
    for (;;) {
        if (full_) {
            const Armed armed(write_deadline_, write_timed_out_, timeout);
            auto [error] = co_await readiness_.wait(Direction::write);
            if (error) co_return verdict(error, write_timed_out_);
        }
        const auto sent = write_at_once(left);
        if (!sent || left.empty()) co_return sent;
    }
}

// Not coroutines: a frame less.
Task<IoResult<>> Stream::write(std::span<const asio::const_buffer> buffers, Duration timeout) {
    return write(Unsent(buffers), timeout);
}

Task<IoResult<>> Stream::write(std::string_view text, Duration timeout) { return write(Unsent(text), timeout); }

Task<IoResult<>> Stream::start_tls(SslHandle session, Duration timeout) {
    tls_ = std::make_unique<TlsSession>(std::move(session), socket_.descriptor());
    const Armed armed(read_deadline_, read_timed_out_, timeout);
    for (;;) {
        const Outcome outcome = noted(tls_->handshake());
        if (outcome.progress == Progress::done) co_return IoResult<>();
        if (outcome.progress == Progress::ended) co_return ErrorCode(asio::error::eof);
        if (outcome.progress == Progress::failed) co_return outcome.error;
        auto [error] = co_await readiness_.wait(awaited(outcome.progress));
        if (error) co_return verdict(error, read_timed_out_);
    }
}

Task<IoResult<std::size_t>> Stream::read_encrypted(asio::mutable_buffer buffer) {
    // As in read_some(), a call that finds nothing would be one too many.
    Outcome outcome{Progress::want_read, 0, {}};
    if (socket_.is_readable() || tls_->has_buffered()) outcome = noted(tls_->read(static_cast<char*>(buffer.data()), buffer.size()));
    for (;;) {
        if (outcome.progress == Progress::done) co_return outcome.count;
        if (outcome.progress == Progress::ended) co_return ErrorCode(asio::error::eof);
        if (outcome.progress == Progress::failed) co_return outcome.error;
        const Outcome sent = send_held();
        if (sent.progress == Progress::failed) co_return sent.error;
        auto [error] = co_await readiness_.wait(
            awaited(sent.progress == Progress::want_write ? sent.progress : outcome.progress));
        if (error) co_return verdict(error, read_timed_out_);
        outcome = noted(tls_->read(static_cast<char*>(buffer.data()), buffer.size()));
    }
}

Outcome Stream::noted(Outcome outcome) {
    socket_.has_read(outcome.rest);
    return outcome;
}

Task<IoResult<>> Stream::write_encrypted(asio::const_buffer buffer, Duration timeout) {
    while (buffer.size() > 0) {
        const Outcome outcome = noted(tls_->write({static_cast<const char*>(buffer.data()), buffer.size()}));
        if (outcome.progress == Progress::done) {
            buffer += outcome.count;
            continue;
        }
        if (outcome.progress == Progress::ended) co_return ErrorCode(asio::error::eof);
        if (outcome.progress == Progress::failed) co_return outcome.error;
        const Armed armed(write_deadline_, write_timed_out_, timeout);
        auto [error] = co_await readiness_.wait(awaited(outcome.progress));
        if (error) co_return verdict(error, write_timed_out_);
    }
    co_return IoResult<>();
}

void Stream::cancel() { readiness_.cancel(); }

Task<IoResult<>> Stream::shutdown_write(Duration timeout) {
    while (tls_ && tls_->shutdown().progress == Progress::want_write) {
        const Armed armed(write_deadline_, write_timed_out_, timeout);
        auto [error] = co_await readiness_.wait(Direction::write);
        if (error) co_return verdict(error, write_timed_out_);
    }
    ::shutdown(socket_.descriptor(), SHUT_WR);  // fails when the peer has gone first, which is as well
    co_return IoResult<>();
}

void Stream::close() {
    if (tls_ && is_open()) tls_->shutdown();
    readiness_.cancel();
    socket_.close();
}

void Stream::reset() {
    const linger at_once{1, 0};  // should it fail, the peer sees an end where a reset was meant
    ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    readiness_.cancel();
    socket_.close();
}

bool Stream::is_connected() const {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    return getpeername(socket_.descriptor(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

bool Stream::has_ended() {
    if (tls_) {
        const Progress progress = noted(tls_->peek()).progress;
        return progress == Progress::ended || progress == Progress::failed;
    }
    const ssize_t count = look_ahead(socket_.descriptor());
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool Stream::is_quiet() {
    if (tls_ && tls_->has_buffered()) return false;
    if (socket_.has_heard_nothing()) return true;
    return look_ahead(socket_.descriptor()) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Stream::postpone_read(Duration timeout) {
    if (read_deadline_.armed()) read_deadline_.arm(timeout);
}

// The peer may wait for it before it sends what is waited for here.
Outcome Stream::send_held() { return tls_ ? tls_->flush() : Outcome{}; }

Transport Stream::release() {
    send_held();  // a socket that has no room for it gets it with the tunnel's first bytes
    socket_.tell_nobody();
    return {std::move(socket_), std::move(tls_)};
}

}  // namespace net
