// OpenSSL's packed codes.
#include "net/tls_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>

#include <boost/asio/error.hpp>

namespace net {

namespace {

class TlsCategory final : public boost::system::error_category {
 public:
    // OpenSSL loads its words with its first context; errors of records need none.
    TlsCategory() { OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr); }

    const char* name() const noexcept override { return "tls"; }

    std::string message(int value) const override {
        const auto code = static_cast<unsigned long>(static_cast<unsigned>(value));
        if (const char* const reason = ERR_reason_error_string(code)) return reason;
        std::array<char, 128> text;
        ERR_error_string_n(code, text.data(), text.size());
        return text.data();
    }
};

class CertificateCategory final : public boost::system::error_category {
 public:
    const char* name() const noexcept override { return "certificate"; }

    std::string message(int verdict) const override {
        return std::string("certificate verify failed: ") + X509_verify_cert_error_string(verdict);
    }
};

// OpenSSL's packed codes use 31 bits, of which none is the sign.
ErrorCode to_error(unsigned long code) { return {static_cast<int>(code), tls_category()}; }

}  // namespace

const boost::system::error_category& tls_category() {
    static const TlsCategory category;
    return category;
}

ErrorCode take_tls_error() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return boost::asio::error::connection_reset;
    if (ERR_SYSTEM_ERROR(code)) return {static_cast<int>(ERR_GET_REASON(code)), boost::system::system_category()};
    return to_error(code);
}

ErrorCode tls_error(int reason) { return to_error(ERR_PACK(ERR_LIB_SSL, 0, reason)); }

ErrorCode certificate_error(long verdict) {
    static const CertificateCategory category;
    return {static_cast<int>(verdict), category};
}

ErrorCode alert_error(unsigned char description) { return tls_error(SSL_AD_REASON_OFFSET + description); }

}  // namespace net
