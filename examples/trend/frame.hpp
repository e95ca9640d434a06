// The binary messages of the trend backend: a header, then times and values in columns.
#pragma once

#include "trend/history.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace trend {

enum class FrameKind : std::uint32_t { history = 1, live = 2 };

struct Progress {
    std::uint32_t sent = 0;   ///< history points up to and with this message
    std::uint32_t total = 0;  ///< history points of the whole answer
};

inline constexpr std::size_t frame_header_bytes = 16;

/// Everything little-endian: kind, count, sent, total (32-bit each), `count` times (64-bit floating point,
/// seconds since 1970), `count` values (32-bit floating point). In a browser both columns are typed arrays at
/// aligned offsets, so nothing is parsed.
std::string encode_frame(FrameKind kind, Progress progress, std::span<const Sample> samples);

}  // namespace trend
