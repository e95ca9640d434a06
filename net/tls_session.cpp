// Mapping OpenSSL's answers to progress.
#include "net/tls_session.hpp"

#include <openssl/err.h>

#include <cerrno>

namespace net {

TlsSession::TlsSession(SslHandle ssl, int descriptor) : socket_(descriptor), ssl_(std::move(ssl)) {
    // Kernel TLS is between OpenSSL's own BIO and the kernel.
    if ((SSL_get_options(ssl_.get()) & SSL_OP_ENABLE_KTLS) != 0) {
        SSL_set_fd(ssl_.get(), descriptor);
    } else {
        BIO* const bio = socket_.make_bio();
        SSL_set_bio(ssl_.get(), bio, bio);
        secrets_.watch(ssl_.get());
    }
    SSL_set_mode(ssl_.get(),
                 SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

// OpenSSL takes an end without close_notify for a sign of attack and would never resume the session, although it is as
// good as before: the connection was merely not worth an orderly end (RFC 8446, 6.1). After fatal alerts it is gone anyway.
TlsSession::~TlsSession() { SSL_set_shutdown(ssl_.get(), SSL_get_shutdown(ssl_.get()) | SSL_SENT_SHUTDOWN); }

void TlsSession::begin_call() {
    ERR_clear_error();
    errno = 0;
    socket_.look_again();
}

Outcome TlsSession::outcome(int result, std::size_t count) {
    if (result > 0) return {Progress::done, count, {}, socket_.rest()};
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
        // Where kernel TLS may be, OpenSSL has read the socket itself, and found nothing.
        case SSL_ERROR_WANT_READ:
            return {Progress::want_read, 0, {}, socket_.rest() == Rest::unknown ? Rest::nothing : socket_.rest()};
        case SSL_ERROR_WANT_WRITE: return {Progress::want_write, 0, {}};
        case SSL_ERROR_ZERO_RETURN: return {Progress::ended, 0, {}};
        case SSL_ERROR_SYSCALL:
            if (ERR_peek_error() == 0 && system_error != 0)
                return {Progress::failed, 0, {system_error, boost::system::system_category()}};
            return {Progress::failed, 0, take_tls_error()};
        default: return {Progress::failed, 0, take_tls_error()};
    }
}

Outcome TlsSession::handshake() {
    begin_call();
    const auto listening = secrets_.listen();
    socket_.hold();
    Outcome shaken = outcome(SSL_do_handshake(ssl_.get()), 0);
    socket_.release();
    if (shaken.progress == Progress::done) return shaken;
    if (shaken.error == tls_error(SSL_R_CERTIFICATE_VERIFY_FAILED))
        shaken.error = certificate_error(SSL_get_verify_result(ssl_.get()));
    const Outcome sent = flush();  // what the peer waits for; or the alert
    return sent.progress == Progress::done || shaken.progress == Progress::failed ? shaken : sent;
}

bool TlsSession::is_at_rest() const {
    return secrets_.are_known() && SSL_is_init_finished(ssl_.get()) == 1 && !half_sent_ && !read_error_ && !write_error_ &&
           SSL_has_pending(ssl_.get()) == 0 && SSL_get_shutdown(ssl_.get()) == 0 &&
           SSL_get_key_update_type(ssl_.get()) == SSL_KEY_UPDATE_NONE &&
           // Records of ours know one size only.
           SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl_.get())) == TLSEXT_max_fragment_length_DISABLED;
}

Outcome TlsSession::read(char* data, std::size_t size) {
    if (read_error_) return {Progress::failed, 0, read_error_};
    begin_call();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), data, size, &count);
    const Outcome read = outcome(result, count);
    read_error_ = read.error;
    return read;
}

Outcome TlsSession::peek() {
    begin_call();
    char byte = 0;
    std::size_t count = 0;
    return outcome(SSL_peek_ex(ssl_.get(), &byte, 1, &count), 0);
}

Outcome TlsSession::write(std::string_view data) {
    if (write_error_) return {Progress::failed, 0, write_error_};
    begin_call();
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), data.data(), data.size(), &count);
    const Outcome written = outcome(result, count);
    write_error_ = written.error;
    half_sent_ = written.progress == Progress::want_write;
    return written;
}

Outcome TlsSession::shutdown() {
    if (notified_) return {};  // SSL_shutdown would wait for theirs
    begin_call();
    const int result = SSL_shutdown(ssl_.get());
    // 0: ours has been sent and theirs has not come yet, which is all that is asked for here.
    notified_ = result >= 0;
    return notified_ ? Outcome{} : outcome(result, 0);
}

}  // namespace net
