// A name for an endpoint that tells a client nothing about it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace upstream {

/// The first half of an HMAC-SHA-256 (RFC 2104, 5: truncated).
using Mark = std::array<std::uint8_t, 16>;

/// 32 digits.
std::string to_hex(const Mark& mark);

/// The mark that `text` spells in 32 digits of either case, or nothing.
std::optional<Mark> mark_from_hex(std::string_view text);

/// What marks are made with: who does not have it can neither read an address out of a mark nor make one.
class MarkKey {
 public:
    /// One that nobody has had before.
    MarkKey();

    /// One that others have as well.
    explicit MarkKey(std::string secret) : secret_(std::move(secret)) {}

    Mark mark(std::string_view text) const;

 private:
    std::string secret_;
};

}  // namespace upstream
