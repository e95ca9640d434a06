// TLS as one virtual server offers it.
#pragma once

#include <memory>
#include <string>

#include <boost/system/result.hpp>

#include "config/model.hpp"
#include "net/deadline.hpp"
#include "net/ticket_keys.hpp"
#include "net/tls_context.hpp"

namespace proxy::accept {

/// The contexts of a server, made once for a generation and shared by all workers. Sessions hold what they need of it,
/// so tunnels live on when a reload replaces it.
class TlsServer {
 public:
    /// Reads the certificates and keys. The error names the file and what is wrong with it.
    static boost::system::result<std::shared_ptr<const TlsServer>, std::string> make(
        const config::ServerTls& settings, const std::shared_ptr<net::TicketKeys>& shared_keys);

    bool rejects_handshake() const { return settings_.reject_handshake; }
    config::ClientVerification verification() const { return settings_.verify_client; }
    net::Duration handshake_timeout() const { return settings_.handshake_timeout; }

    net::SslHandle new_session() const { return context_.new_session(); }

    /// Whether a session was made under the same rules for client certificates.
    bool made(const SSL* session) const;

    /// Makes a session that is still at its ClientHello one of this server.
    void adopt(SSL* session) const;

 private:
    explicit TlsServer(const config::ServerTls& settings);
    net::TlsStep set_up(const std::shared_ptr<net::TicketKeys>& shared_keys);
    net::TlsStep set_up_verification();
    net::TlsStep set_up_tickets(const std::shared_ptr<net::TicketKeys>& shared_keys);

    config::ServerTls settings_;
    net::TlsContext context_;
};

}  // namespace proxy::accept
