// TLS over a non-blocking descriptor: OpenSSL reads and writes the socket without a pair of memory buffers between.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "net/failure.hpp"
#include "net/outcome.hpp"
#include "net/tls_error.hpp"
#include "net/tls_socket.hpp"
#include "net/traffic_secrets.hpp"

namespace net {

struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslHandle = std::unique_ptr<SSL, SslDeleter>;

/// One TLS connection. Calls never block. The process must ignore SIGPIPE: with kernel TLS OpenSSL writes with write(). A
/// write that wants to be called again must be called again with the same bytes, at the same or another address, and
/// possibly more behind them.
class TlsSession {
 public:
    /// Takes an SSL object whose role (accept or connect) has been set, and binds it to the descriptor, which it does not own.
    TlsSession(SslHandle ssl, int descriptor);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// When it is done, what the peer does not wait for (session tickets; a client's last message) is kept for the first
    /// write, which takes it along: who waits for the peer before that calls flush().
    Outcome handshake();

    /// Sends what the handshake has kept. Costs nothing when that is nothing.
    Outcome flush() { return socket_.flush(); }

    /// For both: a failure is told at every further call, although the socket tells of a reset only once.
    Outcome read(char* data, std::size_t size);
    Outcome write(std::string_view data);

    /// Sends close_notify, once. Reading goes on until the other side's has come.
    Outcome shutdown();

    /// True when read() has something to tell that the descriptor's readiness does not show: bytes that OpenSSL has
    /// taken from it already, or the other side's end.
    bool has_buffered() const {
        return SSL_has_pending(ssl_.get()) == 1 || (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

    /// How read() would go, which still has to be called. Takes from the descriptor what is there.
    Outcome peek();

    SSL* handle() const { return ssl_.get(); }

    /// True when the handshake is over and nothing of either direction is on its way through OpenSSL, so that whoever knows
    /// the secrets can go on in its place. Always false with kernel TLS and TLS 1.2.
    bool is_at_rest() const;
    const TrafficSecrets& secrets() const { return secrets_; }

    /// What the handshake has kept, which is then the caller's to send.
    std::string take_held() { return socket_.take_held(); }

 private:
    void begin_call();
    Outcome outcome(int result, std::size_t count);

    TlsSocket socket_;
    TrafficSecrets secrets_;
    SslHandle ssl_;
    ErrorCode read_error_;
    ErrorCode write_error_;
    bool notified_ = false;  // close_notify has left
    bool half_sent_ = false;  // the latest write has to be called again
};

}  // namespace net
