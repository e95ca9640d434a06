// SNI and the handshake.
#include "proxy/accept/tls_handshake.hpp"

#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "proxy/accept/tls_server.hpp"
#include "proxy/http/message_error.hpp"
#include "proxy/route/router.hpp"

namespace proxy::accept {

namespace {

// A TLS connection begins with a handshake record, or with the ClientHello of SSLv2, which OpenSSL refuses in words. An
// end is left to the handshake to meet; an error is told once only.
net::ErrorCode look_at_first_byte(int socket) {
    unsigned char first = 0;
    const ssize_t count = ::recv(socket, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return {errno, boost::system::system_category()};
    const bool plain = count > 0 && first != SSL3_RT_HANDSHAKE && (first & 0x80) == 0;
    return plain ? net::ErrorCode(http::MessageError::plain_on_tls_port) : net::ErrorCode();
}

// The host_name of a server_name extension; empty when there is none or it is malformed.
std::string server_name_of(SSL* session) {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(session, TLSEXT_TYPE_server_name, &data, &size) != 1) return {};
    // server_name_list: length (2), then type (1), length (2) and the name.
    if (size < 5 || data[2] != TLSEXT_NAMETYPE_host_name) return {};
    const std::size_t length = static_cast<std::size_t>(data[3]) << 8 | data[4];
    if (length + 5 > size || length > TLSEXT_MAXLEN_host_name) return {};
    std::string name(reinterpret_cast<const char*>(data) + 5, length);
    for (char& letter : name)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return name;
}

int look_at_client_hello(SSL* session, int* alert, void*) {
    const auto* const servers = static_cast<const route::ListenerServers*>(SSL_get_app_data(session));
    const route::VirtualServer& server = servers->find(server_name_of(session));
    const TlsServer* const tls = server.tls();
    if (tls == nullptr || tls->rejects_handshake()) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_CLIENT_HELLO_ERROR;
    }
    tls->adopt(session);
    return SSL_CLIENT_HELLO_SUCCESS;
}

// Confirms the name (RFC 6066, 3). OpenSSL keeps it with the session only then, and a resumed one of TLS 1.2 has no other.
int confirm_name(SSL* session, int*, void*) {
    const bool named = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) != nullptr;
    return named ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

void select_server_by_name(net::TlsContext& context) {
    SSL_CTX_set_client_hello_cb(context.get(), &look_at_client_hello, nullptr);
    // SSL_CTX_set_tlsext_servername_callback without its C cast
    SSL_CTX_callback_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(&confirm_name));
}

net::Task<net::IoResult<>> accept_tls(net::Stream& stream, const route::ListenerServers& servers) {
    const TlsServer* const tls = servers.default_server().tls();
    if (tls == nullptr) co_return net::ErrorCode(boost::asio::error::no_protocol_option);
    const net::Duration timeout = tls->handshake_timeout();
    const auto began = stream.now();
    auto ready = co_await stream.wait_readable(timeout);
    if (!ready) co_return ready.error();
    if (const net::ErrorCode error = look_at_first_byte(stream.descriptor())) co_return error;
    net::SslHandle session = tls->new_session();
    SSL_set_app_data(session.get(), const_cast<route::ListenerServers*>(&servers));  // read only: OpenSSL has void*
    SSL* const handle = session.get();
    const auto passed = std::chrono::duration_cast<net::Duration>(stream.now() - began);
    const bool limited = timeout > net::Duration::zero();
    auto shaken = co_await stream.start_tls(std::move(session),
                                            limited ? std::max(timeout - passed, net::Duration(1)) : timeout);
    SSL_set_app_data(handle, nullptr);
    co_return shaken;
}

namespace {

// Whether the certificate failed only because nobody known vouches for it, which optional_no_ca leaves to the upstream.
bool lacks_only_authority(long verdict) {
    return verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
           verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || verdict == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

}  // namespace

net::ErrorCode judge_client_certificate(SSL* session, const route::VirtualServer& server) {
    using config::ClientVerification;
    using http::MessageError;
    const TlsServer* const tls = server.tls();
    if (session == nullptr || tls == nullptr || tls->verification() == ClientVerification::off) return {};
    if (!tls->made(session)) return MessageError::misdirected;
    const bool shown = SSL_get0_peer_certificate(session) != nullptr;
    if (!shown) return tls->verification() == ClientVerification::on ? net::ErrorCode(MessageError::no_certificate) : net::ErrorCode();
    const long verdict = SSL_get_verify_result(session);
    const bool forgiven =
        tls->verification() == ClientVerification::optional_no_ca && lacks_only_authority(verdict);
    return verdict == X509_V_OK || forgiven ? net::ErrorCode() : net::ErrorCode(MessageError::bad_certificate);
}

}  // namespace proxy::accept
