// Building and taking apart of frames.
#include "proxy/websocket/frame.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace proxy::websocket {

namespace {

constexpr unsigned char final_bit = 0x80;
constexpr unsigned char reserved_bits = 0x70;
constexpr unsigned char opcode_bits = 0x0F;
constexpr unsigned char mask_bit = 0x80;
constexpr unsigned char size_bits = 0x7F;
constexpr unsigned char two_more = 126;    // bytes of the size follow
constexpr unsigned char eight_more = 127;
constexpr unsigned char first_control = 8;
constexpr std::size_t most_control_payload = 125;

bool is_known(unsigned char opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

void append_number(std::string& text, std::uint64_t number, unsigned bytes) {
    while (bytes-- > 0) text += static_cast<char>(number >> (8 * bytes) & 0xFF);
}

std::uint64_t number_at(std::string_view text, std::size_t at, unsigned bytes) {
    std::uint64_t number = 0;
    for (const char digit : text.substr(at, bytes)) number = number << 8 | static_cast<unsigned char>(digit);
    return number;
}

}  // namespace

std::string client_frame(Opcode opcode, std::string_view payload, MaskKey key) {
    std::string frame;
    frame += static_cast<char>(final_bit | static_cast<unsigned char>(opcode));
    if (payload.size() < two_more) {
        frame += static_cast<char>(mask_bit | payload.size());
    } else {
        const bool is_short = payload.size() <= 0xFFFF;
        frame += static_cast<char>(mask_bit | (is_short ? two_more : eight_more));
        append_number(frame, payload.size(), is_short ? 2 : 8);
    }
    frame.append(key.begin(), key.end());
    for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ key[i % key.size()]);
    return frame;
}

std::string close_payload(std::uint16_t code) {
    std::string payload;
    append_number(payload, code, 2);
    return payload;
}

MaskKey random_mask() {
    MaskKey key{};
    RAND_bytes(key.data(), static_cast<int>(key.size()));
    return key;
}

std::string random_handshake_key() {
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    std::array<unsigned char, 25> text{};
    const int length = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
    return {text.begin(), text.begin() + length};
}

std::string_view ServerFrames::judge(unsigned char first, unsigned char second, std::uint64_t size) const {
    const auto opcode = static_cast<unsigned char>(first & opcode_bits);
    if ((first & reserved_bits) != 0) return "a frame with a reserved bit";
    if (!is_known(opcode)) return "a frame with a reserved opcode";
    if ((second & mask_bit) != 0) return "a masked frame";
    if (opcode >= first_control && (size > most_control_payload || (first & final_bit) == 0))
        return "a control frame that is long or in pieces";
    return size > most_payload_ ? "a frame that is too large" : std::string_view();
}

std::optional<Frame> ServerFrames::next() {
    if (bytes_.size() < 2 || !problem_.empty()) return std::nullopt;
    const auto first = static_cast<unsigned char>(bytes_[0]);
    const auto second = static_cast<unsigned char>(bytes_[1]);
    const auto short_size = static_cast<unsigned char>(second & size_bits);
    const unsigned more = short_size == two_more ? 2 : short_size == eight_more ? 8 : 0;
    const std::size_t head = 2 + more;
    if (bytes_.size() < head) return std::nullopt;
    const std::uint64_t size = more > 0 ? number_at(bytes_, 2, more) : short_size;
    problem_ = judge(first, second, size);
    if (!problem_.empty() || bytes_.size() - head < size) return std::nullopt;
    Frame frame{static_cast<Opcode>(first & opcode_bits), (first & final_bit) != 0, bytes_.substr(head, size)};
    bytes_.erase(0, head + size);
    return frame;
}

}  // namespace proxy::websocket
