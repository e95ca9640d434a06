// Following heads and skipping payloads.
#include "proxy/websocket/frame_follower.hpp"

#include <algorithm>

namespace proxy::websocket {

namespace {

// Bytes of a long size, which follow the first two.
std::size_t extension(unsigned char size) { return size == 127 ? 8 : size == 126 ? 2 : 0; }

}  // namespace

void FrameFollower::follow_pieces(std::string_view bytes) {
    for (;;) {
        const std::uint64_t skipped = std::min<std::uint64_t>(payload_left_, bytes.size());
        payload_left_ -= skipped;
        bytes.remove_prefix(static_cast<std::size_t>(skipped));
        if (bytes.empty()) return;
        take_head(bytes);
    }
}

void FrameFollower::take_head(std::string_view& bytes) {
    while (!bytes.empty()) {
        head_[head_taken_++] = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        if (head_taken_ < 2 || head_taken_ < 2 + extension(static_cast<unsigned char>(head_[1] & size_bits))) continue;
        begin_payload();
        return;
    }
}

void FrameFollower::begin_payload() {
    closing_ = is_close(head_[0]);
    payload_left_ = head_[1] & size_bits;
    if (head_taken_ > 2) payload_left_ = 0;
    for (std::size_t i = 2; i < head_taken_; ++i) payload_left_ = payload_left_ << 8 | head_[i];
    payload_left_ &= ~(std::uint64_t{1} << 63);  // 5.2: the most significant bit must be 0
    if ((head_[1] & mask_bit) != 0) payload_left_ += mask_key_size;
    latest_payload_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(payload_left_, UINT32_MAX));
    head_taken_ = 0;
}

}  // namespace proxy::websocket
