// What a TLS session tells of itself and of the client's certificate.
#include "proxy/route/tls_variables.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include <spdlog/fmt/fmt.h>

namespace proxy::route {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string contents(const Bio& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

// RFC 2253, as in nginx.
std::string distinguished_name(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
    return contents(bio);
}

std::string serial_number(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    i2a_ASN1_INTEGER(bio.get(), X509_get0_serialNumber(certificate));
    return contents(bio);
}

std::string fingerprint(X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    X509_digest(certificate, EVP_sha1(), digest.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

std::string escaped_pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(bio.get(), certificate);
    std::string escaped;
    for (const char letter : contents(bio)) {
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                           (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_';
        escaped += plain ? std::string(1, letter) : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
    return escaped;
}

std::string verdict(SSL* session) {
    if (SSL_get0_peer_certificate(session) == nullptr) return "NONE";
    const long result = SSL_get_verify_result(session);
    return result == X509_V_OK ? "SUCCESS" : std::string("FAILED:") + X509_verify_cert_error_string(result);
}

std::string certificate_value(config::Variable variable, X509* certificate) {
    using config::Variable;
    if (certificate == nullptr) return {};
    switch (variable) {
        case Variable::ssl_client_escaped_cert: return escaped_pem(certificate);
        case Variable::ssl_client_fingerprint: return fingerprint(certificate);
        case Variable::ssl_client_i_dn: return distinguished_name(X509_get_issuer_name(certificate));
        case Variable::ssl_client_s_dn: return distinguished_name(X509_get_subject_name(certificate));
        case Variable::ssl_client_serial: return serial_number(certificate);
        default: return {};
    }
}

}  // namespace

std::string tls_value(config::Variable variable, SSL* session) {
    using config::Variable;
    if (session == nullptr) return {};
    switch (variable) {
        case Variable::ssl_cipher: return SSL_get_cipher_name(session);
        case Variable::ssl_protocol: return SSL_get_version(session);
        case Variable::ssl_client_verify: return verdict(session);
        case Variable::ssl_session_reused: return SSL_session_reused(session) == 1 ? "r" : ".";
        case Variable::ssl_server_name: {
            const char* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
            return name == nullptr ? "" : name;
        }
        default: return certificate_value(variable, SSL_get0_peer_certificate(session));
    }
}

}  // namespace proxy::route
