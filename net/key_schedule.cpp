// A provider for OpenSSL with one algorithm.
#include "net/key_schedule.hpp"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <boost/endian/conversion.hpp>

namespace net {

namespace {

// A keyed digest of this thread, set up once.
class Hmac {
 public:
    explicit Hmac(std::string_view digest) : digest_(digest) {
        static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);  // for the process
        if (hmac != nullptr) context_.reset(EVP_MAC_CTX_new(hmac));
        const std::array<OSSL_PARAM, 2> parameters{
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_.data(), 0), OSSL_PARAM_construct_end()};
        const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md(EVP_MD_fetch(nullptr, digest_.c_str(), nullptr), &EVP_MD_free);
        if (md && context_ && EVP_Digest("", 0, digest_of_nothing_.data(), nullptr, md.get(), nullptr) == 1 &&
            EVP_MAC_CTX_set_params(context_.get(), parameters.data()) == 1)
            size_ = static_cast<std::size_t>(EVP_MD_get_size(md.get()));
    }

    static Hmac& of_thread(std::string_view digest) {
        thread_local std::vector<std::unique_ptr<Hmac>> known;  // one for each digest of the cipher suites in use
        for (const auto& hmac : known)
            if (hmac->digest_ == digest) return *hmac;
        return *known.emplace_back(std::make_unique<Hmac>(digest));
    }

    std::size_t size() const { return size_; }

    std::span<const unsigned char> digest_of_nothing() const { return std::span(digest_of_nothing_).first(size_); }

    bool compute(std::span<const unsigned char> key, std::span<const unsigned char> text, unsigned char* out) {
        std::size_t count = 0;
        return EVP_MAC_init(context_.get(), key.data(), key.size(), nullptr) == 1 &&
               EVP_MAC_update(context_.get(), text.data(), text.size()) == 1 &&
               EVP_MAC_final(context_.get(), out, &count, size_) == 1;
    }

 private:
    struct Deleter {
        void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    };
    std::string digest_;
    std::unique_ptr<EVP_MAC_CTX, Deleter> context_;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest_of_nothing_{};
    std::size_t size_ = 0;  // 0: not known
};

}  // namespace

bool expand_label(std::string_view digest, std::span<const unsigned char> secret, std::string_view label,
                  std::span<const unsigned char> context, std::span<unsigned char> out) {
    Hmac& hmac = Hmac::of_thread(digest);
    // HkdfLabel has its two parts behind a length each; one more byte numbers the only block of HKDF-Expand (RFC 5869).
    std::array<unsigned char, 2 + 1 + 255 + 1 + 255 + 1> text;
    // OpenSSL takes no key for the one before.
    if (secret.empty() || out.size() > hmac.size() || label.size() > 255 || context.size() > 255) return false;
    boost::endian::store_big_u16(text.data(), static_cast<std::uint16_t>(out.size()));
    unsigned char* at = text.data() + 2;
    *at++ = static_cast<unsigned char>(label.size());
    at = std::copy(label.begin(), label.end(), at);
    *at++ = static_cast<unsigned char>(context.size());
    at = std::copy(context.begin(), context.end(), at);
    *at++ = 1;

    std::array<unsigned char, EVP_MAX_MD_SIZE> block;
    const bool done = hmac.compute(secret, {text.data(), at}, block.data());
    if (done) std::copy_n(block.begin(), out.size(), out.begin());
    OPENSSL_cleanse(block.data(), block.size());
    return done;
}

bool extract_secret(std::string_view digest, std::span<const unsigned char> previous, std::string_view label,
                    std::span<const unsigned char> input, std::span<unsigned char> out) {
    Hmac& hmac = Hmac::of_thread(digest);
    if (hmac.size() == 0 || out.size() != hmac.size()) return false;
    constexpr std::array<unsigned char, EVP_MAX_MD_SIZE> zeros{};
    std::array<unsigned char, EVP_MAX_MD_SIZE> derived;
    std::span<const unsigned char> salt = std::span(zeros).first(hmac.size());
    if (!previous.empty()) {
        const std::span made = std::span(derived).first(hmac.size());
        if (!expand_label(digest, previous, label, hmac.digest_of_nothing(), made)) return false;
        salt = made;
    }
    const bool done = hmac.compute(salt, input.empty() ? std::span(zeros).first(hmac.size()) : input, out.data());
    OPENSSL_cleanse(derived.data(), derived.size());
    return done;
}

namespace {

thread_local ExpansionListener* listener = nullptr;

std::span<const unsigned char> octets(const OSSL_PARAM* parameters, const char* name) {
    const void* data = nullptr;
    std::size_t size = 0;
    const OSSL_PARAM* const found = OSSL_PARAM_locate_const(parameters, name);
    if (found == nullptr || OSSL_PARAM_get_octet_string_ptr(found, &data, &size) != 1) return {};
    return {static_cast<const unsigned char*>(data), size};
}

std::string_view text(std::span<const unsigned char> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What is not as TLS has it.
int derive_by_openssl(unsigned char* out, std::size_t size, const OSSL_PARAM* parameters) {
    static EVP_KDF* const standard = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, "tidegate.schedule!=yes");
    if (standard == nullptr) return 0;
    EVP_KDF_CTX* const context = EVP_KDF_CTX_new(standard);
    const int done = context == nullptr ? 0 : EVP_KDF_derive(context, out, size, parameters);
    EVP_KDF_CTX_free(context);
    return done;
}

int derive_here(unsigned char* out, std::size_t size, const OSSL_PARAM* parameters) {
    if (parameters == nullptr) return 0;
    int mode = -1;
    const OSSL_PARAM* const given = OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_MODE);
    const OSSL_PARAM* const digest = OSSL_PARAM_locate_const(parameters, OSSL_KDF_PARAM_DIGEST);
    const std::string_view prefix = text(octets(parameters, OSSL_KDF_PARAM_PREFIX));
    const std::string_view name = text(octets(parameters, OSSL_KDF_PARAM_LABEL));
    std::array<char, 255> room;
    if (given == nullptr || OSSL_PARAM_get_int(given, &mode) != 1 || digest == nullptr ||
        digest->data_type != OSSL_PARAM_UTF8_STRING || prefix.size() + name.size() > room.size())
        return derive_by_openssl(out, size, parameters);
    std::copy(name.begin(), name.end(), std::copy(prefix.begin(), prefix.end(), room.begin()));
    const std::string_view label(room.data(), prefix.size() + name.size());
    const auto* const digest_name = static_cast<const char*>(digest->data);
    const auto key = octets(parameters, OSSL_KDF_PARAM_KEY);

    if (mode == EVP_KDF_HKDF_MODE_EXTRACT_ONLY &&
        extract_secret(digest_name, octets(parameters, OSSL_KDF_PARAM_SALT), label, key, {out, size}))
        return 1;
    if (mode != EVP_KDF_HKDF_MODE_EXPAND_ONLY ||
        !expand_label(digest_name, key, label, octets(parameters, OSSL_KDF_PARAM_DATA), {out, size}))
        return derive_by_openssl(out, size, parameters);
    if (listener != nullptr) listener->expanded(name, {out, size});
    return 1;
}

int derive(void*, unsigned char* out, std::size_t size, const OSSL_PARAM* parameters) noexcept {
    try {
        return derive_here(out, size, parameters);
    } catch (const std::bad_alloc&) {  // which would go through OpenSSL's frames
        return 0;
    }
}

// There is no state between calls: libssl gives all parameters together with the call to derive.
void* new_context(void*) {
    static char nothing;
    return &nothing;
}
void free_context(void*) {}
void reset(void*) {}
int set_parameters(void*, const OSSL_PARAM* parameters) {
    return parameters == nullptr || parameters->key == nullptr ? 1 : 0;
}
const OSSL_PARAM* settable_parameters(void*, void*) {
    static const OSSL_PARAM none = OSSL_PARAM_construct_end();
    return &none;
}

template <typename Function>
OSSL_DISPATCH entry(int number, Function* function) {
    return {number, reinterpret_cast<void (*)()>(function)};  // as OpenSSL has it
}

const OSSL_ALGORITHM* query(void*, int operation, int* may_be_forgotten) {
    static const std::array<OSSL_DISPATCH, 7> functions{entry(OSSL_FUNC_KDF_NEWCTX, &new_context),
                                                        entry(OSSL_FUNC_KDF_FREECTX, &free_context),
                                                        entry(OSSL_FUNC_KDF_RESET, &reset),
                                                        entry(OSSL_FUNC_KDF_DERIVE, &derive),
                                                        entry(OSSL_FUNC_KDF_SETTABLE_CTX_PARAMS, &settable_parameters),
                                                        entry(OSSL_FUNC_KDF_SET_CTX_PARAMS, &set_parameters),
                                                        {0, nullptr}};
    static const std::array<OSSL_ALGORITHM, 2> algorithms{
        OSSL_ALGORITHM{OSSL_KDF_NAME_TLS1_3_KDF, "provider=tidegate,tidegate.schedule=yes", functions.data(), "key schedule of TLS 1.3"},
        OSSL_ALGORITHM{nullptr, nullptr, nullptr, nullptr}};
    *may_be_forgotten = 0;
    return operation == OSSL_OP_KDF ? algorithms.data() : nullptr;
}

int start(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** out, void** context) {
    static const std::array<OSSL_DISPATCH, 2> functions{entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &query), {0, nullptr}};
    *out = functions.data();
    *context = const_cast<OSSL_CORE_HANDLE*>(handle);  // only has to be something
    return 1;
}

}  // namespace

ExpansionListener::Scope::Scope(ExpansionListener& of) { listener = &of; }
ExpansionListener::Scope::~Scope() { listener = nullptr; }

const char* key_schedule_query() {
    // Beside the providers that OpenSSL has anyway, and for the process. The question mark: only where it is at hand.
    // Where there is a FIPS module, everything stays within it.
    static const OSSL_PROVIDER* const taken = OSSL_PROVIDER_available(nullptr, "fips") == 0 &&
                                                      OSSL_PROVIDER_add_builtin(nullptr, "tidegate", &start) == 1
                                                  ? OSSL_PROVIDER_try_load(nullptr, "tidegate", 1)
                                                  : nullptr;
    return taken != nullptr ? "?tidegate.schedule=yes" : nullptr;
}

}  // namespace net
