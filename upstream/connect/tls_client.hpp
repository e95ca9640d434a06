// TLS towards the endpoints of an upstream: what is verified, what is shown, which sessions are resumed.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "config/tls_model.hpp"
#include "net/tls_context.hpp"

namespace upstream {

/// Made once for a location and shared by all workers.
class TlsClient : public std::enable_shared_from_this<TlsClient> {
 public:
    /// Reads certificates and keys. The error names the file and what is wrong with it.
    static boost::system::result<std::shared_ptr<TlsClient>, std::string> make(const config::UpstreamTls& settings);

    /// A session for one connection to `endpoint`. `name` is what the certificate must be for where it is verified, and
    /// what is sent as SNI where that is on (not for an IP address: RFC 6066, 3).
    net::SslHandle new_session(const std::string& endpoint, const std::string& name);

 private:
    explicit TlsClient(const config::UpstreamTls& settings);
    net::TlsStep set_up();
    static int keep_session(SSL* ssl, SSL_SESSION* session);

    struct SessionDeleter {
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };
    using SavedSession = std::unique_ptr<SSL_SESSION, SessionDeleter>;

    config::UpstreamTls settings_;
    net::TlsContext context_;
    std::mutex mutex_;
    std::unordered_map<std::string, SavedSession> sessions_;  // by endpoint and name, the latest of each
};

}  // namespace upstream
