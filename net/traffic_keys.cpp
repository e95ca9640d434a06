// OpenSSL's ciphers at work on single records.
#include "net/traffic_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/endian/conversion.hpp>

#include "net/key_schedule.hpp"
#include "net/tls_error.hpp"

namespace net {

namespace {

struct CipherDeleter {
    void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
template <typename T>
using Handle = std::unique_ptr<T, CipherDeleter>;

constexpr std::size_t tag_size = 16;
constexpr std::size_t suites = 3;

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string(what) + ": " + take_tls_error().message());
}

unsigned char* bytes_of(char* text) { return reinterpret_cast<unsigned char*>(text); }
const unsigned char* bytes_of(const char* text) { return reinterpret_cast<const unsigned char*>(text); }

}  // namespace

struct CipherSuite {
    enum class Wear { yes, no };  // whether a key is good for a limited number of bytes only

    CipherSuite(std::size_t place, const char* cipher_name, const char* digest_name, Wear wears)
        : index(place), cipher(EVP_CIPHER_fetch(nullptr, cipher_name, nullptr)), digest(digest_name), wear(wears) {
        if (cipher) key_size = static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher.get()));
    }

    std::size_t index;
    Handle<EVP_CIPHER> cipher;  // null where OpenSSL has been set up without it
    const char* digest;
    Wear wear;
    std::size_t key_size = 0;
};

const CipherSuite* find_cipher_suite(std::uint16_t number) {
    using Wear = CipherSuite::Wear;
    static const std::array<CipherSuite, suites> known{CipherSuite{0, "AES-128-GCM", "SHA256", Wear::yes},
                                                       CipherSuite{1, "AES-256-GCM", "SHA384", Wear::yes},
                                                       CipherSuite{2, "ChaCha20-Poly1305", "SHA256", Wear::no}};
    constexpr std::uint16_t first = 0x1301;  // TLS_AES_128_GCM_SHA256
    const std::size_t index = static_cast<std::size_t>(number) - first;
    return number >= first && index < suites && known[index].cipher ? &known[index] : nullptr;
}

namespace {

enum class Use { seal, open };

// A cipher context of this thread, and whose key it has been set up with last. There are enough of them that the tunnels
// which are busy at the same time seldom take one from each other: setting a key up costs half as much as sealing 64 bytes.
class Cipher {
 public:
    // Ready for one record with that nonce.
    EVP_CIPHER_CTX* prepare(const CipherSuite& suite, Use use, std::uint64_t serial, const unsigned char* key,
                            const unsigned char* nonce) {
        const bool fresh = !context_;
        if (fresh) context_.reset(EVP_CIPHER_CTX_new());
        const bool loaded = std::exchange(serial_, 0) == serial;
        if (!context_ || EVP_CipherInit_ex(context_.get(), fresh ? suite.cipher.get() : nullptr, nullptr,
                                           loaded ? nullptr : key, nonce, use == Use::seal ? 1 : 0) != 1) {
            context_.reset();
            fail("EVP_CipherInit_ex");
        }
        serial_ = serial;
        return context_.get();
    }

    // Erases a key that is used no more.
    void forget(std::uint64_t serial) {
        if (serial != serial_) return;
        context_.reset();
        serial_ = 0;
    }

    static Cipher& of_thread(const CipherSuite& suite, Use use, std::uint64_t serial) {
        constexpr std::size_t most = 128;
        thread_local std::array<std::array<std::array<Cipher, most>, 2>, suites> ciphers;
        // A connection takes two serials at first, one for each direction.
        return ciphers[suite.index][use == Use::seal ? 0 : 1][serial / 2 % most];
    }

 private:
    Handle<EVP_CIPHER_CTX> context_;
    std::uint64_t serial_ = 0;
};

std::uint64_t next_serial() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

void expand(const CipherSuite& suite, const TrafficSecret& secret, std::string_view label, std::span<unsigned char> out) {
    if (!expand_label(suite.digest, secret.bytes(), label, {}, out)) fail("HKDF-Expand-Label");
}

}  // namespace

TrafficKeys::TrafficKeys(const CipherSuite& suite, const TrafficState& state)
    : suite_(&suite), secret_(state.secret), records_(state.records), sealed_(state.records * most_text) {
    derive();
}

TrafficKeys::~TrafficKeys() { forget(); }

bool TrafficKeys::are_worn() const { return suite_->wear == CipherSuite::Wear::yes && sealed_ >= most_sealed; }

void TrafficKeys::forget() {
    for (const Use use : {Use::seal, Use::open}) Cipher::of_thread(*suite_, use, serial_).forget(serial_);
    OPENSSL_cleanse(key_.data(), key_.size());
    OPENSSL_cleanse(iv_.data(), iv_.size());
}

void TrafficKeys::derive() {
    expand(*suite_, secret_, "tls13 key", std::span(key_).first(suite_->key_size));
    expand(*suite_, secret_, "tls13 iv", iv_);
    serial_ = next_serial();
}

void TrafficKeys::update() {
    std::array<unsigned char, 48> next;
    const auto bytes = std::span(next).first(secret_.bytes().size());
    expand(*suite_, secret_, "tls13 traffic upd", bytes);
    secret_ = TrafficSecret(bytes);
    OPENSSL_cleanse(next.data(), next.size());
    records_ = sealed_ = 0;
    forget();
    derive();
}

// RFC 8446, 5.3.
std::array<unsigned char, 12> TrafficKeys::next_nonce() {
    std::array<unsigned char, 12> nonce = iv_;
    std::array<unsigned char, 8> sequence;
    boost::endian::store_big_u64(sequence.data(), records_++);
    for (std::size_t i = 0; i < sequence.size(); ++i) nonce[nonce.size() - sequence.size() + i] ^= sequence[i];
    return nonce;
}

void TrafficKeys::seal(ContentType type, std::string_view text, char* record) {
    unsigned char* const header = bytes_of(record);
    unsigned char* const sealed = header + header_size;
    const auto type_byte = static_cast<unsigned char>(type);
    header[0] = static_cast<unsigned char>(ContentType::application_data);
    header[1] = header[2] = 3;
    boost::endian::store_big_u16(header + 3, static_cast<std::uint16_t>(text.size() + 1 + tag_size));

    EVP_CIPHER_CTX* const context = Cipher::of_thread(*suite_, Use::seal, serial_)
                                        .prepare(*suite_, Use::seal, serial_, key_.data(), next_nonce().data());
    const int size = static_cast<int>(text.size());
    int count = 0;
    const bool done = EVP_EncryptUpdate(context, nullptr, &count, header, header_size) == 1 &&
                      EVP_EncryptUpdate(context, sealed, &count, bytes_of(text.data()), size) == 1 &&
                      EVP_EncryptUpdate(context, sealed + size, &count, &type_byte, 1) == 1 &&
                      EVP_EncryptFinal_ex(context, sealed + size + 1, &count) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size, sealed + size + 1) == 1;
    if (!done) fail("sealing a TLS record");
    sealed_ += text.size();
}

std::optional<std::size_t> TrafficKeys::open(std::string_view record, char* text) {
    const unsigned char* const header = bytes_of(record.data());
    const std::size_t size = record.size() - header_size - tag_size;
    const unsigned char* const sealed = header + header_size;
    EVP_CIPHER_CTX* const context = Cipher::of_thread(*suite_, Use::open, serial_)
                                        .prepare(*suite_, Use::open, serial_, key_.data(), next_nonce().data());
    // OpenSSL only reads the tag.
    auto* const tag = const_cast<unsigned char*>(sealed + size);
    int count = 0;
    const bool genuine = EVP_DecryptUpdate(context, nullptr, &count, header, header_size) == 1 &&
                         EVP_DecryptUpdate(context, bytes_of(text), &count, sealed, static_cast<int>(size)) == 1 &&
                         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, tag) == 1 &&
                         EVP_DecryptFinal_ex(context, bytes_of(text) + size, &count) == 1;
    if (!genuine) return std::nullopt;
    return size;
}

}  // namespace net
