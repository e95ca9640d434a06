// From proxy_ssl_* directives to sessions.
#include "upstream/connect/tls_client.hpp"

#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

namespace upstream {

namespace {

constexpr std::size_t most_saved_sessions = 4096;

// What the callback for new sessions needs; owned by the SSL object it belongs to.
struct Origin {
    std::weak_ptr<TlsClient> client;
    std::string key;
};

int origin_slot() {
    static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                                 [](void*, void* origin, CRYPTO_EX_DATA*, int, long, void*) {
                                                     delete static_cast<Origin*>(origin);
                                                 });
    return slot;
}

bool is_ip_address(const std::string& name) {
    net::ErrorCode error;
    boost::asio::ip::make_address(name, error);
    return !error;
}

}  // namespace

TlsClient::TlsClient(const config::UpstreamTls& settings)
    : settings_(settings), context_(net::TlsContext::Role::client) {}

boost::system::result<std::shared_ptr<TlsClient>, std::string> TlsClient::make(const config::UpstreamTls& settings) {
    std::shared_ptr<TlsClient> client(new TlsClient(settings));
    const net::TlsStep done = client->set_up();
    if (!done) return done.error();
    return client;
}

net::TlsStep TlsClient::set_up() {
    using net::TlsVersion;
    const TlsVersion oldest = settings_.protocols.tls_1_2 ? TlsVersion::tls_1_2 : TlsVersion::tls_1_3;
    const TlsVersion newest = settings_.protocols.tls_1_3 ? TlsVersion::tls_1_3 : TlsVersion::tls_1_2;
    if (auto set = context_.set_protocols(oldest, newest); !set) return set;
    if (auto set = context_.set_ciphers(settings_.ciphers); !set) return set;
    for (const config::TlsCommand& command : settings_.commands)
        if (auto applied = context_.apply_command(command.name, command.value); !applied) return applied;
    if (settings_.certificate)
        if (auto used = context_.use_certificate(settings_.certificate->chain, settings_.certificate->key); !used)
            return used;
    if (settings_.verify) {
        context_.set_verification(net::TlsVerification::required, settings_.verify_depth);
        if (auto done = context_.trust(settings_.trusted_certificate); !done) return done;
        if (!settings_.crl.empty())
            if (auto done = context_.set_revocations(settings_.crl); !done) return done;
    }
    if (settings_.session_reuse) {
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
        SSL_CTX_sess_set_new_cb(context_.get(), &TlsClient::keep_session);
    }
    return {};
}

net::SslHandle TlsClient::new_session(const std::string& endpoint, const std::string& name) {
    net::SslHandle session = context_.new_session();
    const bool by_address = is_ip_address(name);
    if (settings_.verify) {
        if (by_address)
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), name.c_str());
        else
            SSL_set1_host(session.get(), name.c_str());
    }
    if (settings_.server_name && !by_address)  // SSL_set_tlsext_host_name without its C cast
        SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str()));
    if (!settings_.session_reuse) return session;

    auto origin = std::make_unique<Origin>(Origin{weak_from_this(), endpoint + ' ' + name});
    {
        const std::lock_guard lock(mutex_);
        const auto saved = sessions_.find(origin->key);
        if (saved != sessions_.end()) SSL_set_session(session.get(), saved->second.get());
    }
    SSL_set_ex_data(session.get(), origin_slot(), origin.release());
    return session;
}

int TlsClient::keep_session(SSL* ssl, SSL_SESSION* session) {
    const auto* const origin = static_cast<const Origin*>(SSL_get_ex_data(ssl, origin_slot()));
    const auto client = origin != nullptr ? origin->client.lock() : nullptr;
    if (!client) return 0;
    const std::lock_guard lock(client->mutex_);
    if (client->sessions_.size() >= most_saved_sessions) client->sessions_.clear();
    client->sessions_[origin->key].reset(session);
    return 1;  // the reference is ours now
}

}  // namespace upstream
