// Sealing and opening of session tickets.
#include "net/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace net {

namespace {

TicketKey random_key() {
    TicketKey key;
    const auto fill = [](auto& bytes) { return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1; };
    if (!fill(key.name) || !fill(key.mac_key) || !fill(key.cipher_key))
        throw std::runtime_error("RAND_bytes: " + take_tls_error().message());
    return key;
}

bool use_mac_key(EVP_MAC_CTX* mac, TicketKey& key) {
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac_key.data(), key.mac_key.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

// Fetched once: EVP_aes_256_cbc() would be looked up anew for every ticket.
const EVP_CIPHER* ticket_cipher() {
    static const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
        EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr), &EVP_CIPHER_free);
    return cipher.get();
}

// The slot of a context that holds its keys; OpenSSL calls the deleter with the context's end.
int keys_slot() {
    static const int slot = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr, [](void*, void* keys, CRYPTO_EX_DATA*, int, long, void*) {
            delete static_cast<std::shared_ptr<TicketKeys>*>(keys);
        });
    return slot;
}

// OpenSSL's contract: 1 sealed or opened, 2 opened and to be renewed, 0 unknown key, -1 error.
int ticket_callback(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                    int sealing) {
    auto* const keys = static_cast<std::shared_ptr<TicketKeys>*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_slot()));
    if (keys == nullptr) return -1;
    if (sealing != 0) {
        TicketKey key = (*keys)->sealing_key();
        if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(ticket_cipher())) != 1) return -1;
        std::copy(key.name.begin(), key.name.end(), name);
        if (EVP_EncryptInit_ex(cipher, ticket_cipher(), nullptr, key.cipher_key.data(), iv) != 1) return -1;
        return use_mac_key(mac, key) ? 1 : -1;
    }
    auto found = (*keys)->find(name);
    if (!found) return 0;
    if (!use_mac_key(mac, found->first)) return -1;
    if (EVP_DecryptInit_ex(cipher, ticket_cipher(), nullptr, found->first.cipher_key.data(), iv) != 1) return -1;
    // TLS 1.3 tickets are used once: a client that came with one always needs another.
    return found->second == TicketKeys::Age::old || SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;
}

}  // namespace

TicketKeys::TicketKeys(std::chrono::seconds lifetime, Now clock)
    : keys_{random_key()}, lifetime_(lifetime), now_(clock), next_rotation_(clock() + lifetime) {}

boost::system::result<std::shared_ptr<TicketKeys>, std::string> TicketKeys::from_files(
    const std::vector<std::string>& files) {
    std::shared_ptr<TicketKeys> keys(new TicketKeys);
    for (const std::string& file : files) {
        std::ifstream input(file, std::ios::binary);
        std::array<char, 81> bytes;
        input.read(bytes.data(), bytes.size());
        if (input.gcount() != 80)
            return "\"" + file + "\" is not a session ticket key of 80 bytes; make one with: openssl rand 80";
        TicketKey key;
        std::memcpy(key.name.data(), bytes.data(), 16);
        std::memcpy(key.mac_key.data(), bytes.data() + 16, 32);
        std::memcpy(key.cipher_key.data(), bytes.data() + 48, 32);
        keys->keys_.push_back(key);
    }
    return keys;
}

void TicketKeys::install(const TlsContext& context, const std::shared_ptr<TicketKeys>& keys) {
    SSL_CTX_set_ex_data(context.get(), keys_slot(), new std::shared_ptr<TicketKeys>(keys));
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context.get(), &ticket_callback);
}

void TicketKeys::rotate_if_due() {
    const auto now = now_();
    if (lifetime_.count() == 0 || now < next_rotation_) return;
    const bool slept_over_one = now >= next_rotation_ + lifetime_;
    keys_.insert(keys_.begin(), random_key());
    keys_.resize(slept_over_one ? 1 : 2);
    next_rotation_ = now + lifetime_;
}

TicketKey TicketKeys::sealing_key() {
    const std::lock_guard lock(mutex_);
    rotate_if_due();
    return keys_.front();
}

std::optional<std::pair<TicketKey, TicketKeys::Age>> TicketKeys::find(const unsigned char* name) {
    const std::lock_guard lock(mutex_);
    rotate_if_due();
    for (const TicketKey& key : keys_)
        if (std::equal(key.name.begin(), key.name.end(), name))
            return std::pair{key, &key == &keys_.front() ? Age::current : Age::old};
    return std::nullopt;
}

}  // namespace net
