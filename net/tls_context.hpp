// An OpenSSL context, set up step by step: certificates, protocols, ciphers, verification, sessions.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "net/tls_session.hpp"

namespace net {

/// A step of the set-up; the error is a sentence that names the file or value and what OpenSSL says of it.
using TlsStep = boost::system::result<void, std::string>;

enum class TlsVersion { tls_1_2, tls_1_3 };

/// How a peer's certificate is looked at.
enum class TlsVerification {
    off,
    required,  ///< the handshake fails without a certificate that verifies
    noted,     ///< the handshake goes on; SSL_get_verify_result tells the verdict
};

/// Shared by all sessions made from it; OpenSSL counts references, so sessions outlive it. Set up on one thread, then
/// used from many.
class TlsContext {
 public:
    enum class Role { server, client };
    explicit TlsContext(Role role);

    /// A PEM chain and its private key, which must match. Several, of different key types, may be given.
    TlsStep use_certificate(const std::string& chain_file, const std::string& key_file);
    TlsStep set_protocols(TlsVersion oldest, TlsVersion newest);
    TlsStep set_ciphers(const std::string& tls_1_2_list);
    TlsStep set_curves(const std::string& list);
    TlsStep set_dh_parameters(const std::string& file);

    /// An OpenSSL configuration command, "Ciphersuites" and the like (SSL_CONF_cmd).
    TlsStep apply_command(const std::string& name, const std::string& value);

    void prefer_server_ciphers() { SSL_CTX_set_options(get(), SSL_OP_CIPHER_SERVER_PREFERENCE); }

    /// Certificates that a chain may end in; an empty name takes the system's.
    TlsStep trust(const std::string& ca_file);
    TlsStep set_revocations(const std::string& crl_file);

    /// Names of the authorities in a file that clients are told (server only).
    TlsStep announce_authorities(const std::string& ca_file);
    void set_verification(TlsVerification verification, unsigned depth);

    /// Sessions kept in the context (server). 0: none, sessions live in tickets only.
    void set_session_cache(std::size_t sessions, std::chrono::seconds lifetime);
    /// Sessions are resumed only where this is the same: a server that verifies clients must not take over the session
    /// of one that does not.
    void set_session_scope(const std::string& scope);
    std::string session_scope() const { return session_scope_; }
    void disable_tickets() { SSL_CTX_set_options(get(), SSL_OP_NO_TICKET); }

    /// ALPN protocols, most wanted first. A server that finds none of the client's among them goes on without.
    void set_protocol_names(const std::vector<std::string>& names);

    SSL_CTX* get() const { return context_.get(); }

    /// Gives a session of another context the curves of this one: those of the last set_curves(), or of a command.
    void apply_curves(SSL* session) const;

    /// Whether a session is to pad its records ("RecordPadding" of OpenSSL's commands).
    static bool pads_records(const SSL* session);

    /// A new session with the role of the context.
    SslHandle new_session() const;

 private:
    struct Deleter {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    Role role_;
    std::unique_ptr<SSL_CTX, Deleter> context_;
    std::string session_scope_;   // SHA-256
    std::string protocol_names_;  // in wire form, referred to by the ALPN callback
    std::string curves_;          // OpenSSL does not tell what a context has
};

}  // namespace net
