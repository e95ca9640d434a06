// Plain system calls or OpenSSL on the descriptor.
#include "load/channel.hpp"

#include "load/sockets.hpp"

#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

namespace load {
namespace {

constexpr std::size_t most_tickets = 1000;

void require(bool done, const char* call) {
    if (!done) throw std::runtime_error(std::string("OpenSSL refused ") + call);
}

}  // namespace

TlsClient::TlsClient(TlsUse use) : use_(use), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    auto* context = context_.get();
    require(context != nullptr, "SSL_CTX_new");
    require(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1, "TLS 1.3");
    require(SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1, "the cipher suite");
    require(SSL_CTX_set1_groups_list(context, "X25519") == 1, "the group");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // one call for a record, not one for its header and one for the rest
    // How a proxy says goodbye is a matter of its tests, not of its speed.
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    require(SSL_CTX_set_app_data(context, this) == 1, "SSL_CTX_set_app_data");
    SSL_CTX_sess_set_new_cb(context, keep_ticket);
}

int TlsClient::keep_ticket(SSL* ssl, SSL_SESSION* session) {
    auto* self = static_cast<TlsClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (self->use_ != TlsUse::resumed || self->tickets_.size() == most_tickets) return 0;
    self->tickets_.emplace_back(session, SSL_SESSION_free);
    return 1;  // the session is ours now
}

SSL* TlsClient::begin(int descriptor) {
    SSL* ssl = SSL_new(context_.get());
    require(ssl != nullptr, "SSL_new");
    require(SSL_set_fd(ssl, descriptor) == 1, "SSL_set_fd");
    // SSL_set_tlsext_host_name() as a macro has an old-style cast.
    std::string name = "localhost";
    require(SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1,
            "the server name");
    if (!tickets_.empty()) {
        require(SSL_set_session(ssl, tickets_.front().get()) == 1, "the ticket");
        tickets_.pop_front();
    }
    SSL_set_connect_state(ssl);
    return ssl;
}

void Channel::open(int descriptor) {
    close();
    descriptor_ = descriptor;
}

void Channel::secure(TlsClient& client) {
    ssl_.reset(client.begin(descriptor_));
}

Progress Channel::shake_hands() {
    ERR_clear_error();  // of what has prepared the session; reading and writing leave nothing behind
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Progress::done : tls_progress(result, "TLS handshake");
}

Moved Channel::read(std::span<char> into) {
    if (ssl_) {
        std::size_t bytes = 0;
        const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
        return {result == 1 ? Progress::done : tls_progress(result, "SSL_read"), bytes};
    }
    const auto count = ::recv(descriptor_, into.data(), into.size(), 0);
    if (count > 0) return {Progress::done, static_cast<std::size_t>(count)};
    if (count == 0) return {Progress::closed};
    const auto progress = socket_progress("recv");
    return {progress == Progress::again_write ? Progress::again_read : progress};
}

Moved Channel::write(std::string_view bytes) {
    if (ssl_) {
        std::size_t written = 0;
        const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
        return {result == 1 ? Progress::done : tls_progress(result, "SSL_write"), written};
    }
    const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return {Progress::done, static_cast<std::size_t>(count)};
    return {socket_progress("send")};
}

void Channel::close() {
    if (descriptor_ < 0) return;
    // OpenSSL never offers the ticket of a session again that was freed without a goodbye.
    if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ssl_.reset();
    ::close(descriptor_);
    descriptor_ = -1;
}

Progress Channel::tls_progress(int result, std::string_view call) {
    const int system_error = errno;
    const int error = SSL_get_error(ssl_.get(), result);
    switch (error) {
        case SSL_ERROR_WANT_READ: return Progress::again_read;
        case SSL_ERROR_WANT_WRITE: return Progress::again_write;
        case SSL_ERROR_ZERO_RETURN: return Progress::closed;
        default: break;
    }
    const char* text = ERR_reason_error_string(ERR_peek_error());
    if (error == SSL_ERROR_SYSCALL)
        reason_ = failure(call, system_error);
    else
        reason_ = std::string(call) + ": " + (text != nullptr ? text : "unknown");
    ERR_clear_error();  // what is left of it would be taken for an error of the next call
    return Progress::failed;
}

Progress Channel::socket_progress(std::string_view call) {
    if (errno == EAGAIN || errno == EINTR) return Progress::again_write;
    reason_ = failure(call, errno);
    return Progress::failed;
}

}  // namespace load
