// Two TLS sessions over a socket pair, with a certificate made on the spot.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <utility>

#include "net/descriptor.hpp"
#include "net/tls_context.hpp"
#include "net/tls_session.hpp"
#include "tests/net/stream_fixture.hpp"

namespace net_tests {

/// Gives a context a self-signed certificate.
inline void certify(SSL_CTX* context) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0 ||
        SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        throw std::runtime_error("no certificate");
}

/// A connected pair; the descriptors end after the sessions.
struct TlsPair {
    TlsPair(std::pair<net::Descriptor, net::Descriptor> sockets, net::SslHandle server_session,
            net::SslHandle client_session)
        : server_descriptor(std::move(sockets.first)),
          client_descriptor(std::move(sockets.second)),
          server(std::make_unique<net::TlsSession>(std::move(server_session), server_descriptor.get())),
          client(std::make_unique<net::TlsSession>(std::move(client_session), client_descriptor.get())) {}

    /// Steps of both sides in turn; throws where they come to no end.
    void shake_hands() {
        for (int turn = 0; turn < 10; ++turn) {
            const bool client_done = finish(*client);
            const bool server_done = finish(*server);
            if (client_done && server_done) return;
        }
        throw std::runtime_error("the handshake does not end");
    }

    static bool finish(net::TlsSession& session) {
        return session.handshake().progress == net::Progress::done && session.flush().progress == net::Progress::done;
    }

    net::Descriptor server_descriptor;
    net::Descriptor client_descriptor;
    std::unique_ptr<net::TlsSession> server;
    std::unique_ptr<net::TlsSession> client;
};

struct TlsContexts {
    TlsContexts() {
        ::signal(SIGPIPE, SIG_IGN);  // as in the proxy: OpenSSL writes without MSG_NOSIGNAL
        certify(server.get());
    }

    /// Sessions over sockets, before the handshake.
    TlsPair prepare(SSL_SESSION* session = nullptr) {
        net::SslHandle client_session = client.new_session();
        if (session != nullptr) SSL_set_session(client_session.get(), session);
        return {socket_pair(), server.new_session(), std::move(client_session)};
    }

    /// Both sides have done their handshake, and the server has not sent its ticket yet.
    TlsPair connect_but_for_the_ticket() {
        TlsPair pair = prepare();
        for (int turn = 0; turn < 10 && !TlsPair::finish(*pair.client); ++turn) pair.server->handshake();
        if (pair.server->handshake().progress != net::Progress::done)
            throw std::runtime_error("the handshake does not end");
        return pair;
    }

    /// Sessions after the handshake.
    TlsPair connect(SSL_SESSION* session = nullptr) {
        TlsPair pair = prepare(session);
        pair.shake_hands();
        return pair;
    }

    net::TlsContext server{net::TlsContext::Role::server};
    net::TlsContext client{net::TlsContext::Role::client};
};

}  // namespace net_tests
