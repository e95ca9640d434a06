// Validates UTF-8 sequence by sequence.
#include "config/utf8.hpp"

namespace config {
namespace {

// Length of the sequence a byte begins; 0: it begins none.
std::size_t sequence_length(unsigned char first) {
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;  // a continuation, or the overlong form of an ASCII character
    if (first < 0xE0) return 2;
    if (first < 0xF0) return 3;
    return first < 0xF5 ? 4 : 0;
}

// The second byte has a narrower range behind some first bytes: no overlong forms, surrogates, or too large
// values.
bool is_second_byte(unsigned char first, unsigned char second) {
    switch (first) {
        case 0xE0: return second >= 0xA0 && second <= 0xBF;
        case 0xED: return second >= 0x80 && second <= 0x9F;
        case 0xF0: return second >= 0x90 && second <= 0xBF;
        case 0xF4: return second >= 0x80 && second <= 0x8F;
        default: return (second & 0xC0U) == 0x80U;
    }
}

}  // namespace

bool is_utf8(std::string_view text) { return !find_not_utf8(text); }

std::optional<std::size_t> find_not_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = sequence_length(first);
        if (length == 0 || length > text.size() - at) return at;
        if (length > 1 && !is_second_byte(first, static_cast<unsigned char>(text[at + 1]))) return at;
        for (std::size_t i = 2; i < length; ++i)
            if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return at;
        at += length;
    }
    return std::nullopt;
}

}  // namespace config
