// Finds the end of a message head and refuses what the grammar of RFC 9112 lets slip or makes ambiguous.
#pragma once

#include <cstddef>
#include <string_view>

#include "net/failure.hpp"

namespace proxy::http {

struct HeadLimits {
    std::size_t line = 8192;   ///< bytes of the start line or of one field line
    std::size_t total = 32768;  ///< bytes of the whole head
    std::size_t fields = 1000;  ///< field lines
};

/// Looks at a growing buffer that starts with a message head. Only bytes not seen before are looked at.
///
/// Refused as MessageError::malformed: a line feed without carriage return, a carriage return or NUL inside a
/// line, a line that begins with white space (obs-fold). Limits give line_too_long (start line) or head_too_large.
class HeadScanner {
 public:
    explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

    /// `head` is everything received so far. Gives the size of the head including its empty line, or 0 while
    /// more is needed.
    net::IoResult<std::size_t> scan(std::string_view head);

 private:
    net::ErrorCode check_line(std::string_view line);
    net::ErrorCode too_long() const;

    HeadLimits limits_;
    std::size_t line_start_ = 0;
    std::size_t scanned_ = 0;
    std::size_t lines_ = 0;
};

}  // namespace proxy::http
