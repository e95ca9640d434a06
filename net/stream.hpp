// One concrete byte stream over TCP or a unix socket, plain or TLS, with a deadline for each direction.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "net/address.hpp"
#include "net/deadline.hpp"
#include "net/readiness.hpp"
#include "net/transport.hpp"

namespace net {

/// What is still to be written of a row of buffers. They must live as long.
class Unsent {
 public:
    explicit Unsent(std::string_view text) : first_(text.data(), text.size()) {}
    explicit Unsent(std::span<const boost::asio::const_buffer> buffers) : rest_(buffers) { drop(0); }

    bool empty() const { return first_.size() == 0; }
    boost::asio::const_buffer first() const { return first_; }
    std::span<const boost::asio::const_buffer> rest() const { return rest_; }

    /// Takes that many bytes off the front, and empty buffers behind them.
    void drop(std::size_t bytes);

 private:
    boost::asio::const_buffer first_;
    std::span<const boost::asio::const_buffer> rest_;
};

/// A connected stream. One read and one write may be pending at a time. Used on its event loop only.
///
/// Errors: asio's codes; `eof` at the end of the other side's data, `timed_out` when the time given to a
/// call ran out, `operation_aborted` after cancel(). A Duration of zero or less means no limit.
class Stream {
 public:
    /// Takes a connected socket that does not block, or one that is connecting: wait_connected() then comes first.
    Stream(const Executor& executor, Descriptor socket, DeadlineQueue& deadlines);

    /// Waits for the end of a connect() that is in progress. Errors: also those of connect().
    Task<IoResult<>> wait_connected(Duration timeout);

    /// Performs the TLS handshake in the role that the session has been given; everything after it is encrypted.
    /// Errors: also OpenSSL's (tls_category), alerts of the peer included.
    Task<IoResult<>> start_tls(SslHandle session, Duration timeout);

    /// The TLS session; null while the stream is plain.
    SSL* tls() const { return tls_ ? tls_->handle() : nullptr; }

    /// Reads at least one byte.
    Task<IoResult<std::size_t>> read_some(boost::asio::mutable_buffer buffer, Duration timeout);

    /// The same where the event loop has said that there is something, or it is expected: no task, and no frame for it.
    /// Nothing where read_some() has to be called.
    std::optional<IoResult<std::size_t>> read_at_once(boost::asio::mutable_buffer buffer);

    bool can_read_at_once() const { return !tls_ && socket_.is_readable(); }

    /// Lets the next read try without a word from the event loop that there is something: for a connection that has just
    /// been accepted, whose first bytes have often come by then.
    void expect_data() { socket_.expect_data(); }

    /// Writes everything; `timeout` runs anew whenever the peer took some bytes.
    Task<IoResult<>> write(Unsent left, Duration timeout);
    Task<IoResult<>> write(std::span<const boost::asio::const_buffer> buffers, Duration timeout);
    Task<IoResult<>> write(std::string_view text, Duration timeout);

    /// Writes what the socket takes without waiting, which most often is everything, and takes it off `left`: what
    /// remains is for write(). Over TLS that is all of it.
    IoResult<> write_at_once(Unsent& left);

    /// Waits until read_some() would not block. Costs no buffer.
    Task<IoResult<>> wait_readable(Duration timeout);

    /// Ends pending calls with operation_aborted.
    void cancel();

    /// Sends the end of the stream behind what was written, close_notify in TLS included; reading goes on.
    Task<IoResult<>> shutdown_write(Duration timeout);

    /// Closes, with close_notify in TLS.
    void close();

    /// Closes with a reset, so that the peer cannot take what it got for the whole.
    void reset();
    bool is_open() const { return static_cast<bool>(socket_); }

    /// Whether a connection that was begun has come about, and not been reset since.
    bool is_connected() const;

    /// True when the peer has ended or reset the connection and everything it sent has been read.
    bool has_ended();

    /// True when neither a byte nor an end has come from the peer since the last read. For when no call is pending.
    bool is_quiet();

    /// Moves the limit of a pending read to `timeout` from now.
    void postpone_read(Duration timeout);

    /// The time by the clock of its deadlines.
    TimePoint now() const { return read_deadline_.now(); }

    /// Gives up the socket with its TLS session and its place in the event loop.
    Transport release();

    int descriptor() const { return socket_.descriptor(); }

 private:
    static void expire(void* self);
    bool has_unread();
    Outcome noted(Outcome outcome);
    ErrorCode verdict(ErrorCode error, bool timed_out) const;
    Outcome send_held();
    Task<IoResult<std::size_t>> read_encrypted(boost::asio::mutable_buffer buffer);
    Task<IoResult<>> write_encrypted(boost::asio::const_buffer buffer, Duration timeout);

    PolledSocket socket_;
    Readiness readiness_;
    std::unique_ptr<TlsSession> tls_;
    Deadline read_deadline_;
    Deadline write_deadline_;
    bool full_ = false;      // the latest write met a socket without room
    bool read_timed_out_ = false;
    bool write_timed_out_ = false;
};

}  // namespace net
