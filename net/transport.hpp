// A connected descriptor that is read and written without blocking, plain or through TLS.
#pragma once

#include <memory>
#include <string_view>

#include "net/pipe.hpp"
#include "net/poller.hpp"
#include "net/tls_records.hpp"
#include "net/tls_session.hpp"

namespace net {

/// What a stream becomes when it leaves the coroutines: the relay calls these from its own event loop.
class Transport {
 public:
    Transport() = default;
    explicit Transport(Descriptor descriptor, std::unique_ptr<TlsSession> tls = nullptr)
        : Transport(PolledSocket(std::move(descriptor)), std::move(tls)) {}
    Transport(PolledSocket socket, std::unique_ptr<TlsSession> tls);

    PolledSocket& socket() { return socket_; }
    int descriptor() const { return socket_.descriptor(); }
    explicit operator bool() const { return static_cast<bool>(socket_); }

    /// Reads what is there, at most `size` bytes.
    Outcome read(char* data, std::size_t size);

    /// Writes what the socket takes.
    Outcome write(std::string_view data);

    /// True without TLS: then the kernel can do with its bytes what follows.
    bool is_plain() const { return !tls_ && !records_; }

    /// What read() and write() would have given where somebody else has made their system call: `result` is a number of bytes,
    /// or an error (errno) as a negative number. Plain only.
    Outcome after_read(int result, std::size_t size);
    static Outcome after_write(int result);

    /// Copies what a read would give first, and leaves it there. A failure is told once, here. Plain only.
    Outcome peek(char* data, std::size_t size);

    /// Moves at most `size` bytes that have come into the pipe; see Pipe::fill_from(). Plain only.
    Outcome read(Pipe& pipe, std::size_t size);

    /// Writes what the socket takes of what the pipe holds. Plain only.
    Outcome write(Pipe& pipe) { return pipe.empty_to(descriptor()); }

    /// Sends the end of our data: close_notify in TLS, and FIN behind it. want_write: the socket had no room for
    /// close_notify, so call again when it has. That a peer is gone is told by reading, and counts as done here.
    Progress end_writing();

    /// The part of end_writing() that close() cannot make good when the socket is full: close_notify in TLS.
    Progress send_close_notify();

    /// True when read() has bytes that the descriptor's readiness does not tell of.
    bool has_buffered() const { return (records_ && records_->has_buffered()) || (tls_ && tls_->has_buffered()); }

    /// Closes, with close_notify in TLS unless it has been sent.
    void close();

 private:
    Outcome judge_read(ssize_t count, std::size_t size);
    Outcome read_session(char* data, std::size_t size);
    Outcome write_session(std::string_view data);
    void let_go_of_session();

    PolledSocket socket_;
    std::unique_ptr<TlsSession> tls_;
    std::unique_ptr<TlsRecords> records_;  // in place of the session, as soon as that can be done
};

}  // namespace net
