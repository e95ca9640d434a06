// The little of RFC 6455 and HTTP/1.1 that both ends of the bench speak, and the contents of its messages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace load {

enum class Opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr std::string_view client_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::array<unsigned char, 4> client_mask{0x37, 0xfa, 0x21, 0x3d};

/** Longest HTTP head either end accepts. */
constexpr std::size_t longest_head = 8192;

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2). */
std::string accept_value(std::string_view key);

/** The value of a header in a head, without surrounding blanks; empty when it is missing. Case of the name is
 * ignored. */
std::string_view header(std::string_view head, std::string_view name);

/** Bytes 8 and later of every message: the same on both ends, and different at every position nearby. */
std::string payload_of(std::size_t size);

/** Writes the first 8 bytes of a message, by which each is told from all others. */
void put_tag(std::uint64_t tag, char* payload);
std::uint64_t get_tag(const char* payload);

/** Frame header of a final frame; `masked` for what a client sends. */
enum class Masking { plain, masked };
std::string frame_header(Opcode opcode, std::size_t size, Masking masking);

/** Applies a mask that stands at `position` within the payload, in place (RFC 6455 section 5.3). */
void apply_mask(std::span<char> bytes, const std::array<unsigned char, 4>& mask, std::size_t position);

/** One frame header, read byte by byte however it is cut. */
class FrameHeader {
  public:
    /** Takes bytes from the front of `input` until the header is complete; true when it is. */
    bool read(std::string_view& input);
    void reset() { length_ = 0; }

    [[nodiscard]] bool final() const { return (bytes_[0] & 0x80) != 0; }
    [[nodiscard]] bool masked() const { return (bytes_[1] & 0x80) != 0; }
    [[nodiscard]] Opcode opcode() const { return static_cast<Opcode>(bytes_[0] & 0x0f); }
    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] std::array<unsigned char, 4> mask() const;

  private:
    [[nodiscard]] std::size_t wanted() const;

    std::array<unsigned char, 14> bytes_{};
    std::size_t length_ = 0;
};

/** A whole message of a client, masked, which is sent again and again under other tags. */
class ClientFrame {
  public:
    explicit ClientFrame(std::size_t payload_size);
    /** The frame with this tag; valid until the next call. */
    std::string_view tagged(std::uint64_t tag);

  private:
    std::size_t header_size_;
    std::string bytes_;
};

}  // namespace load
