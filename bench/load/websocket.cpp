// Frames, masks, heads and message contents.
#include "load/websocket.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstring>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace load {

std::string accept_value(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> encoded{};
    const int size = ::EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
    return {encoded.begin(), encoded.begin() + size};
}

std::string_view header(std::string_view head, std::string_view name) {
    const auto same = [](char left, char right) {
        return std::tolower(static_cast<unsigned char>(left)) ==
               std::tolower(static_cast<unsigned char>(right));
    };
    for (auto end = head.find("\r\n"); end != std::string_view::npos; end = head.find("\r\n")) {
        const auto line = head.substr(0, end);
        head.remove_prefix(end + 2);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        if (!std::equal(name.begin(), name.end(), line.begin(), same)) continue;
        auto value = line.substr(name.size() + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
        return value;
    }
    return {};
}

std::string payload_of(std::size_t size) {
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        payload[i] = static_cast<char>(i * 131 + (i >> 8) * 29 + (i >> 16) * 7);
    return payload;
}

void put_tag(std::uint64_t tag, char* payload) {
    std::memcpy(payload, &tag, sizeof tag);
}

std::uint64_t get_tag(const char* payload) {
    std::uint64_t tag = 0;
    std::memcpy(&tag, payload, sizeof tag);
    return tag;
}

std::string frame_header(Opcode opcode, std::size_t size, Masking masking) {
    std::string bytes{static_cast<char>(0x80 | static_cast<int>(opcode))};
    const int mask_bit = masking == Masking::masked ? 0x80 : 0;
    const int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    const std::size_t first = length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127;
    bytes += static_cast<char>(mask_bit | static_cast<int>(first));
    for (int shift = 8 * (length_bytes - 1); shift >= 0; shift -= 8)
        bytes += static_cast<char>(size >> shift);
    if (masking == Masking::masked) bytes.append(client_mask.begin(), client_mask.end());
    return bytes;
}

void apply_mask(std::span<char> bytes, const std::array<unsigned char, 4>& mask, std::size_t position) {
    std::array<unsigned char, 8> turned;
    for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(position + i) % 4];
    const auto key = std::bit_cast<std::uint64_t>(turned);
    std::size_t at = 0;
    for (; at + sizeof key <= bytes.size(); at += sizeof key) put_tag(get_tag(&bytes[at]) ^ key, &bytes[at]);
    for (; at < bytes.size(); ++at) bytes[at] = static_cast<char>(bytes[at] ^ turned[at % 8]);
}

bool FrameHeader::read(std::string_view& input) {
    while (length_ < wanted()) {
        if (input.empty()) return false;
        bytes_[length_++] = static_cast<unsigned char>(input.front());
        input.remove_prefix(1);
    }
    return true;
}

std::size_t FrameHeader::wanted() const {
    if (length_ < 2) return 2;
    const int first = bytes_[1] & 0x7f;
    return 2U + (first == 126 ? 2U : first == 127 ? 8U : 0U) + (masked() ? 4U : 0U);
}

std::uint64_t FrameHeader::size() const {
    const unsigned first = bytes_[1] & 0x7fU;
    if (first < 126) return first;
    std::uint64_t size = 0;
    for (std::size_t i = 2; i < (first == 126 ? 4U : 10U); ++i) size = size << 8 | bytes_[i];
    return size;
}

std::array<unsigned char, 4> FrameHeader::mask() const {
    std::array<unsigned char, 4> mask{};
    if (masked()) std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(length_ - 4), 4, mask.begin());
    return mask;
}

ClientFrame::ClientFrame(std::size_t payload_size)
    : bytes_(frame_header(Opcode::binary, payload_size, Masking::masked)) {
    header_size_ = bytes_.size();
    bytes_ += payload_of(payload_size);
    apply_mask(std::span(bytes_).subspan(header_size_), client_mask, 0);
}

std::string_view ClientFrame::tagged(std::uint64_t tag) {
    put_tag(tag, &bytes_[header_size_]);
    apply_mask(std::span(bytes_).subspan(header_size_, sizeof tag), client_mask, 0);
    return bytes_;
}

}  // namespace load
