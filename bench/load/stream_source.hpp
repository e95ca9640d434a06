// The sender of a bulk stream: as many 64 KiB frames as the client asked for, one way.
#pragma once

#include "load/websocket.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace load {

constexpr std::size_t stream_payload = 64 * 1024;

class StreamSource {
  public:
    /** Reads requests: each binary message of 8 bytes is a number of frames. False when the client sent
     * anything else. */
    bool take(std::string_view input);
    /** Bytes that may be sent now; empty when nothing is wanted. */
    [[nodiscard]] std::string_view next();
    void sent(std::size_t bytes);
    [[nodiscard]] bool closed() const { return closed_; }

  private:
    std::string frame_;  // made when the first request comes: most connections never stream
    std::size_t header_size_ = 0;
    std::size_t offset_ = 0;
    std::uint64_t frames_left_ = 0;
    std::uint64_t number_ = 0;
    FrameHeader request_;
    std::string payload_;
    bool closed_ = false;
};

}  // namespace load
