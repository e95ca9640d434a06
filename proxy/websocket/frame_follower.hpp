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
    void follow(std::string_view bytes) {
        if (!follow_short_frame(bytes)) follow_pieces(bytes);
    }

    /// The same where only the beginning has been looked at: what is unseen ends with to_frame_end(beginning) at most.
    void follow(std::string_view beginning, std::uint64_t unseen) {
        follow(beginning);
        payload_left_ -= unseen;
    }

    /// If these bytes come next: their number, and that of those which end the frame in which they stop.
    std::uint64_t to_frame_end(std::string_view coming = {}) const {
        FrameFollower ahead(*this);
        ahead.follow(coming);
        return coming.size() + ahead.payload_left_;
    }

    /// How large the payload of the latest frame is, mask key included: 0 where it is short, and never more than 4 GiB.
    std::uint32_t latest_payload() const { return latest_payload_; }

    static constexpr std::size_t most_head_size = 14;  // mask key included

    /// True when the last thing that has gone by is a whole Close frame: nothing may come after it (5.5.1).
    bool has_closed() const { return closing_ && payload_left_ == 0 && head_taken_ == 0; }

 private:
    static constexpr unsigned char mask_bit = 0x80;
    static constexpr unsigned char size_bits = 0x7F;
    static constexpr std::size_t most_short_size = 125;
    static constexpr std::size_t mask_key_size = 4;
    static bool is_close(unsigned char first) { return (first & 0x0F) == 8; }

    // What most often comes: one frame of less than 126 bytes, and nothing else. Takes no other.
    bool follow_short_frame(std::string_view bytes) {
        if (payload_left_ > 0 || head_taken_ > 0 || bytes.size() < 2) return false;
        const auto second = static_cast<unsigned char>(bytes[1]);
        const std::size_t size = second & size_bits;
        if (size > most_short_size || bytes.size() != 2 + size + ((second & mask_bit) != 0 ? mask_key_size : 0)) return false;
        closing_ = is_close(static_cast<unsigned char>(bytes[0]));
        latest_payload_ = 0;
        return true;
    }
    void follow_pieces(std::string_view bytes);
    void take_head(std::string_view& bytes);
    void begin_payload();

    std::uint64_t payload_left_ = 0;         // mask key included
    std::array<unsigned char, 10> head_{};   // without mask key: what has come of it
    std::uint8_t head_taken_ = 0;
    bool closing_ = false;  // the latest frame is a Close
    std::uint32_t latest_payload_ = 0;
};

}  // namespace proxy::websocket
