// Bytes over a non-blocking socket, plain or through TLS, and the client side of TLS.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace load {

enum class Progress { done, again_read, again_write, closed, failed };

struct Moved {
    Progress state;
    std::size_t bytes = 0;
};

enum class TlsUse { none, full, resumed };

/**
 * TLS 1.3 with one cipher suite and one group, whatever the proxy would prefer, so that all proxies do the
 * same work. `resumed` offers the newest ticket it has. Certificates are not judged: the bench makes its own.
 */
class TlsClient {
  public:
    explicit TlsClient(TlsUse use);
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    [[nodiscard]] TlsUse use() const { return use_; }
    /** A session on the socket, not yet shaken hands; it belongs to the caller. */
    SSL* begin(int descriptor);

  private:
    static int keep_ticket(SSL* ssl, SSL_SESSION* session);

    TlsUse use_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::deque<std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>> tickets_;
};

/** Owns a socket and, where there is one, the TLS session on it. */
class Channel {
  public:
    Channel() : ssl_(nullptr, SSL_free) {}
    ~Channel() { close(); }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    void open(int descriptor);
    /** Puts TLS on the open socket; shake_hands() follows. */
    void secure(TlsClient& client);
    Progress shake_hands();
    /** Whether the TLS session continued an earlier one. */
    [[nodiscard]] bool resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }

    /** Reads once. */
    Moved read(std::span<char> into);
    /** Whether the TLS session holds what has been read already, of which the socket tells nothing. */
    [[nodiscard]] bool holds_more() const { return ssl_ && SSL_has_pending(ssl_.get()) == 1; }
    Moved write(std::string_view bytes);
    void close();

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] bool secured() const { return ssl_ != nullptr; }
    /** Why the last call failed. */
    [[nodiscard]] const std::string& reason() const { return reason_; }

  private:
    Progress tls_progress(int result, std::string_view call);
    Progress socket_progress(std::string_view call);

    int descriptor_ = -1;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    std::string reason_;
};

}  // namespace load
