// From ssl_* directives to an OpenSSL context.
#include "proxy/accept/tls_server.hpp"

#include "proxy/accept/tls_handshake.hpp"

namespace proxy::accept {

using net::TlsStep;
using net::TlsVersion;

TlsServer::TlsServer(const config::ServerTls& settings)
    : settings_(settings), context_(net::TlsContext::Role::server) {}

boost::system::result<std::shared_ptr<const TlsServer>, std::string> TlsServer::make(
    const config::ServerTls& settings, const std::shared_ptr<net::TicketKeys>& shared_keys) {
    std::shared_ptr<TlsServer> server(new TlsServer(settings));
    const TlsStep done = server->set_up(shared_keys);
    if (!done) return done.error();
    return std::shared_ptr<const TlsServer>(std::move(server));
}

TlsStep TlsServer::set_up(const std::shared_ptr<net::TicketKeys>& shared_keys) {
    for (const config::Certificate& certificate : settings_.certificates)
        if (auto used = context_.use_certificate(certificate.chain, certificate.key); !used) return used;
    const TlsVersion oldest = settings_.protocols.tls_1_2 ? TlsVersion::tls_1_2 : TlsVersion::tls_1_3;
    const TlsVersion newest = settings_.protocols.tls_1_3 ? TlsVersion::tls_1_3 : TlsVersion::tls_1_2;
    if (auto set = context_.set_protocols(oldest, newest); !set) return set;
    if (auto set = context_.set_ciphers(settings_.ciphers); !set) return set;
    if (auto set = context_.set_curves(settings_.ecdh_curve); !set) return set;
    if (!settings_.dhparam.empty())
        if (auto set = context_.set_dh_parameters(settings_.dhparam); !set) return set;
    if (settings_.prefer_server_ciphers) context_.prefer_server_ciphers();
    for (const config::TlsCommand& command : settings_.commands)
        if (auto applied = context_.apply_command(command.name, command.value); !applied) return applied;
    context_.set_session_cache(settings_.session_cache, settings_.session_timeout);
    context_.set_protocol_names({"http/1.1"});
    select_server_by_name(context_);
    if (auto set = set_up_verification(); !set) return set;
    return set_up_tickets(shared_keys);
}

TlsStep TlsServer::set_up_verification() {
    using config::ClientVerification;
    if (settings_.verify_client == ClientVerification::off) return {};
    // As in nginx the handshake goes on in every case, and a request without a good certificate is told so.
    // A server that only rejects handshakes has no certificate.
    const std::string chain = settings_.certificates.empty() ? std::string() : settings_.certificates.front().chain;
    context_.set_session_scope(chain + '\n' + settings_.client_certificate + '\n' + settings_.trusted_certificate +
                               '\n' + settings_.crl);
    context_.set_verification(net::TlsVerification::noted, settings_.verify_depth);
    if (!settings_.client_certificate.empty()) {
        if (auto done = context_.trust(settings_.client_certificate); !done) return done;
        if (auto done = context_.announce_authorities(settings_.client_certificate); !done) return done;
    }
    if (!settings_.trusted_certificate.empty())
        if (auto done = context_.trust(settings_.trusted_certificate); !done) return done;
    return settings_.crl.empty() ? TlsStep() : context_.set_revocations(settings_.crl);
}

TlsStep TlsServer::set_up_tickets(const std::shared_ptr<net::TicketKeys>& shared_keys) {
    if (!settings_.session_tickets) {
        context_.disable_tickets();
        return {};
    }
    if (settings_.session_ticket_keys.empty()) {
        net::TicketKeys::install(context_, shared_keys);
        return {};
    }
    const auto keys = net::TicketKeys::from_files(settings_.session_ticket_keys);
    if (!keys) return keys.error();
    net::TicketKeys::install(context_, *keys);
    return {};
}

bool TlsServer::made(const SSL* session) const {
    unsigned size = 0;
    const unsigned char* const scope = SSL_SESSION_get0_id_context(SSL_get_session(session), &size);
    return std::string_view(reinterpret_cast<const char*>(scope), size) == context_.session_scope();
}

// With its context a session takes certificates, keys, ciphers, signature algorithms and authorities. The rest was
// copied from the default server's context when the session was made, and is replaced here.
void TlsServer::adopt(SSL* session) const {
    SSL_CTX* const context = context_.get();
    if (SSL_get_SSL_CTX(session) == context) return;
    SSL_set_SSL_CTX(session, context);
    SSL_set_verify(session, SSL_CTX_get_verify_mode(context), SSL_CTX_get_verify_callback(context));
    const std::string scope = context_.session_scope();
    SSL_set_session_id_context(session, reinterpret_cast<const unsigned char*>(scope.data()),
                               static_cast<unsigned>(scope.size()));
    SSL_set_verify_depth(session, SSL_CTX_get_verify_depth(context));
    SSL_clear_options(session, SSL_get_options(session) & ~SSL_CTX_get_options(context));
    SSL_set_options(session, SSL_CTX_get_options(context));
    SSL_set_min_proto_version(session, static_cast<int>(SSL_CTX_get_min_proto_version(context)));
    SSL_set_max_proto_version(session, static_cast<int>(SSL_CTX_get_max_proto_version(context)));
    SSL_set_num_tickets(session, SSL_CTX_get_num_tickets(context));
    SSL_set_security_level(session, SSL_CTX_get_security_level(context));
    context_.apply_curves(session);
}

}  // namespace proxy::accept
