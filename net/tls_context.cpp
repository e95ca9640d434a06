// The steps of setting up an OpenSSL context.
#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509err.h>
#include <openssl/x509_vfy.h>
#include <strings.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "net/key_schedule.hpp"

namespace net {

namespace {

std::string sentence(const std::string& what, const std::string& subject) {
    return what + " \"" + subject + "\": " + take_tls_error().message();
}

TlsStep step(long result, const std::string& what, const std::string& subject) {
    if (result > 0) return {};
    return sentence(what, subject);
}

int to_protocol(TlsVersion version) { return version == TlsVersion::tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION; }

// What OpenSSL 3.0 offers where nothing is said.
constexpr const char* default_curves =
    "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192";

bool names_curves(const std::string& command) {
    return ::strcasecmp(command.c_str(), "Curves") == 0 || ::strcasecmp(command.c_str(), "Groups") == 0;
}

// The slot of a context that is filled where records are padded, which OpenSSL does not tell.
int padding_slot() {
    static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return slot;
}

// Where the module is loaded: OpenSSL does not load it.
bool kernel_has_tls() {
    static const bool has = [] {
        std::ifstream protocols("/proc/sys/net/ipv4/tcp_available_ulp");
        const std::istream_iterator<std::string> end;
        return std::find(std::istream_iterator<std::string>(protocols), end, "tls") != end;
    }();
    return has;
}

int accept_any_certificate(int, X509_STORE_CTX*) { return 1; }  // the verdict stays in SSL_get_verify_result

int select_protocol(SSL*, const unsigned char** selected, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void* names) {
    const auto& wire = *static_cast<const std::string*>(names);
    unsigned char* choice = nullptr;
    const int result = SSL_select_next_proto(&choice, size, reinterpret_cast<const unsigned char*>(wire.data()),
                                             static_cast<unsigned>(wire.size()), offered, offered_size);
    *selected = choice;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

TlsContext::TlsContext(Role role)
    : role_(role),
      context_(SSL_CTX_new_ex(nullptr, key_schedule_query(),
                              role == Role::server ? TLS_server_method() : TLS_client_method())) {
    if (!context_) throw std::runtime_error("SSL_CTX_new_ex: " + take_tls_error().message());
    SSL_CTX_set_options(get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Asking a kernel that has not got it costs two system calls for each connection.
    if (kernel_has_tls()) SSL_CTX_set_options(get(), SSL_OP_ENABLE_KTLS);
    // Clients often close without close_notify. An upstream may not: its end can be the end of a response.
    if (role == Role::server) SSL_CTX_set_options(get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_read_ahead(get(), 1);  // one system call for a record instead of two
    SSL_CTX_set_mode(get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(get(), SSL_SESS_CACHE_OFF);
    // A client's next connection needs one ticket, and each handshake gives a new one; OpenSSL would make and send two.
    SSL_CTX_set_num_tickets(get(), 1);
    set_session_scope("");
}

TlsStep TlsContext::use_certificate(const std::string& chain_file, const std::string& key_file) {
    auto chain = step(SSL_CTX_use_certificate_chain_file(get(), chain_file.c_str()), "cannot load certificate", chain_file);
    if (!chain) return chain;
    const bool taken = SSL_CTX_use_PrivateKey_file(get(), key_file.c_str(), SSL_FILETYPE_PEM) == 1;
    if (!taken && ERR_peek_error() != ERR_PACK(ERR_LIB_X509, 0, X509_R_KEY_VALUES_MISMATCH))
        return sentence("cannot load certificate key", key_file);
    if (taken && SSL_CTX_check_private_key(get()) == 1) return {};
    ERR_clear_error();  // of a key of another type it says that there is no certificate
    return "the key \"" + key_file + "\" does not belong to the certificate \"" + chain_file + '"';
}

TlsStep TlsContext::set_protocols(TlsVersion oldest, TlsVersion newest) {
    auto lower = step(SSL_CTX_set_min_proto_version(get(), to_protocol(oldest)), "cannot set the oldest protocol", "");
    if (!lower) return lower;
    return step(SSL_CTX_set_max_proto_version(get(), to_protocol(newest)), "cannot set the newest protocol", "");
}

TlsStep TlsContext::set_ciphers(const std::string& tls_1_2_list) {
    return step(SSL_CTX_set_cipher_list(get(), tls_1_2_list.c_str()), "no usable cipher in", tls_1_2_list);
}

TlsStep TlsContext::set_curves(const std::string& list) {
    if (list == "auto") return {};
    auto set = step(SSL_CTX_set1_groups_list(get(), list.c_str()), "unknown curve in", list);
    if (set) curves_ = list;
    return set;
}

void TlsContext::apply_curves(SSL* session) const {
    SSL_set1_groups_list(session, curves_.empty() ? default_curves : curves_.c_str());
}

TlsStep TlsContext::set_dh_parameters(const std::string& file) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> input(BIO_new_file(file.c_str(), "r"), &BIO_free);
    if (!input) return sentence("cannot read DH parameters", file);
    EVP_PKEY* const parameters = PEM_read_bio_Parameters(input.get(), nullptr);
    if (parameters == nullptr) return sentence("cannot read DH parameters", file);
    if (SSL_CTX_set0_tmp_dh_pkey(get(), parameters) == 1) return {};
    EVP_PKEY_free(parameters);
    return sentence("cannot use DH parameters", file);
}

TlsStep TlsContext::apply_command(const std::string& name, const std::string& value) {
    const std::unique_ptr<SSL_CONF_CTX, decltype(&SSL_CONF_CTX_free)> commands(SSL_CONF_CTX_new(), &SSL_CONF_CTX_free);
    SSL_CONF_CTX_set_flags(commands.get(), SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_SHOW_ERRORS |
                                               (role_ == Role::server ? SSL_CONF_FLAG_SERVER : SSL_CONF_FLAG_CLIENT));
    SSL_CONF_CTX_set_ssl_ctx(commands.get(), get());
    auto applied = step(SSL_CONF_cmd(commands.get(), name.c_str(), value.c_str()), "OpenSSL refuses the command",
                        name + " " + value);
    if (!applied) return applied;
    auto finished = step(SSL_CONF_CTX_finish(commands.get()), "OpenSSL refuses the command", name + " " + value);
    if (finished && names_curves(name)) curves_ = value;
    if (finished && ::strcasecmp(name.c_str(), "RecordPadding") == 0)
        SSL_CTX_set_ex_data(get(), padding_slot(), value == "0" ? nullptr : get());
    return finished;
}

bool TlsContext::pads_records(const SSL* session) {
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), padding_slot()) != nullptr;
}

TlsStep TlsContext::trust(const std::string& ca_file) {
    if (ca_file.empty())
        return step(SSL_CTX_set_default_verify_paths(get()), "cannot load", "the system's certificates");
    return step(SSL_CTX_load_verify_file(get(), ca_file.c_str()), "cannot load trusted certificates", ca_file);
}

TlsStep TlsContext::set_revocations(const std::string& crl_file) {
    X509_STORE* const store = SSL_CTX_get_cert_store(get());
    X509_LOOKUP* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    auto loaded = step(lookup == nullptr ? 0 : X509_load_crl_file(lookup, crl_file.c_str(), X509_FILETYPE_PEM),
                       "cannot load revocation list", crl_file);
    if (loaded) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return loaded;
}

TlsStep TlsContext::announce_authorities(const std::string& ca_file) {
    STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(ca_file.c_str());
    if (names == nullptr) return sentence("cannot load client certificate authorities", ca_file);
    SSL_CTX_set_client_CA_list(get(), names);
    return {};
}

void TlsContext::set_verification(TlsVerification verification, unsigned depth) {
    SSL_CTX_set_verify(get(), verification == TlsVerification::off ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                       verification == TlsVerification::noted ? accept_any_certificate : nullptr);
    // OpenSSL counts the intermediate certificates, nginx (verify_depth) the issuers including the root.
    SSL_CTX_set_verify_depth(get(), static_cast<int>(depth));
}

void TlsContext::set_session_scope(const std::string& scope) {
    session_scope_.assign(32, '\0');
    auto* const digest = reinterpret_cast<unsigned char*>(session_scope_.data());
    EVP_Digest(scope.data(), scope.size(), digest, nullptr, EVP_sha256(), nullptr);
    SSL_CTX_set_session_id_context(get(), digest, 32);
}

void TlsContext::set_session_cache(std::size_t sessions, std::chrono::seconds lifetime) {
    SSL_CTX_set_timeout(get(), lifetime.count());
    if (sessions == 0) return;
    SSL_CTX_set_session_cache_mode(get(), SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(get(), static_cast<long>(sessions));
}

void TlsContext::set_protocol_names(const std::vector<std::string>& names) {
    protocol_names_.clear();
    for (const std::string& name : names) (protocol_names_ += static_cast<char>(name.size())) += name;
    if (role_ == Role::server)
        SSL_CTX_set_alpn_select_cb(get(), &select_protocol, &protocol_names_);
    else
        SSL_CTX_set_alpn_protos(get(), reinterpret_cast<const unsigned char*>(protocol_names_.data()),
                                static_cast<unsigned>(protocol_names_.size()));
}

SslHandle TlsContext::new_session() const {
    SslHandle session(SSL_new(get()));
    if (!session) throw std::bad_alloc();
    if (role_ == Role::server)
        SSL_set_accept_state(session.get());
    else
        SSL_set_connect_state(session.get());
    return session;
}

}  // namespace net
