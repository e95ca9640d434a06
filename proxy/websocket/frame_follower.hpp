// Where the frames of a tunnel begin and end, seen from beside it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace proxy::websocket {

/// Follows the frames of one direction of a WebSocket connection (RFC 6455, section 5.2) without keeping a byte of them.
/// Judges nothing: the endpoints do.
class FrameFollower {
 public:
    /// What has gone by, cut anywhere.
    void follow(std::string_view bytes);

    /// True when the last thing that has gone by is a whole Close frame: nothing may come after it (5.5.1).
    bool has_closed() const { return closing_ && payload_left_ == 0 && head_taken_ == 0; }

 private:
    void take_head(std::string_view& bytes);
    void begin_payload();

    std::uint64_t payload_left_ = 0;         // mask key included
    std::array<unsigned char, 10> head_{};   // without mask key: what has come of it
    std::uint8_t head_taken_ = 0;
    bool closing_ = false;  // the latest frame is a Close
};

}  // namespace proxy::websocket
