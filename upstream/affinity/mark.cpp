// HMAC by OpenSSL, and hexadecimal by Boost.
#include "upstream/affinity/mark.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

#include <boost/algorithm/hex.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace upstream {

namespace {

constexpr std::size_t key_size = 32;

}  // namespace

std::string to_hex(const Mark& mark) {
    std::string text;
    boost::algorithm::hex_lower(mark.begin(), mark.end(), std::back_inserter(text));
    return text;
}

std::optional<Mark> mark_from_hex(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    Mark mark;
    if (text.size() != 2 * mark.size() || text.find_first_not_of(digits) != text.npos) return std::nullopt;
    boost::algorithm::unhex(text.begin(), text.end(), mark.begin());
    return mark;
}

// The generator of the library fails only where there is no source of chance at all: nothing would be safe then.
MarkKey::MarkKey() : secret_(key_size, '\0') {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), static_cast<int>(secret_.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes for the key of marks");
}

Mark MarkKey::mark(std::string_view text) const {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const made = HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes, text.size(),
                                  digest.data(), nullptr);
    if (made == nullptr) throw std::bad_alloc();
    Mark mark;
    std::copy_n(digest.begin(), mark.size(), mark.begin());
    return mark;
}

}  // namespace upstream
