// Frames of RFC 6455, section 5.2, as a client builds them and takes those of a server. No sockets here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proxy::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Frame {
    Opcode opcode = Opcode::text;
    bool final = true;  ///< the last one of its message
    std::string payload;
    bool operator==(const Frame&) const = default;
};

using MaskKey = std::array<unsigned char, 4>;

/// A whole message, or a control frame of at most 125 bytes, masked as every frame of a client has to be (5.3).
std::string client_frame(Opcode opcode, std::string_view payload, MaskKey key);

/// The payload of a Close frame with that code and no reason (5.5.1).
std::string close_payload(std::uint16_t code);

/// A key that nobody can foresee (5.3, 10.3).
MaskKey random_mask();

/// A fresh Sec-WebSocket-Key (4.1).
std::string random_handshake_key();

/// Takes the frames of a server out of its bytes as they come.
class ServerFrames {
 public:
    /// Frames with a larger payload are refused.
    explicit ServerFrames(std::size_t most_payload) : most_payload_(most_payload) {}

    void add(std::string_view bytes) { bytes_.append(bytes); }

    /// The next whole frame. Nothing: more bytes are needed, or problem() says what breaks the protocol.
    std::optional<Frame> next();

    /// Empty while all is well: a masked frame, one that is too large, a reserved bit or opcode that nobody negotiated,
    /// a control frame that is long or in pieces.
    std::string_view problem() const { return problem_; }

 private:
    std::string_view judge(unsigned char first, unsigned char second, std::uint64_t size) const;

    std::size_t most_payload_;
    std::string bytes_;
    std::string_view problem_;
};

}  // namespace proxy::websocket
