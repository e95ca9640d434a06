// A client's frames turned into the same frames of a server, as the bytes come and without collecting a
// message.
#pragma once

#include "load/websocket.hpp"

#include <cstdint>
#include <string_view>

namespace load {

class Echoes {
  public:
    /**
     * Writes the answer to `input` from `output` on and returns it. `output` stands in the same memory, at
     * least 16 bytes before `input`: an answer is never longer than what was read, but for a header completed
     * in this piece.
     */
    std::string_view answer(std::string_view input, char* output);

    /** Whether a Close frame was answered, or the client broke the protocol: the connection is to end. */
    [[nodiscard]] bool closed() const { return closed_; }

  private:
    FrameHeader header_;
    std::uint64_t remaining_ = 0;
    std::uint64_t position_ = 0;
    bool in_payload_ = false;
    bool closed_ = false;
};

}  // namespace load
