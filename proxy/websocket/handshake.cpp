// Verdicts on the two halves of a WebSocket handshake.
#include "proxy/websocket/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "proxy/http/message_error.hpp"

namespace proxy::websocket {

using http::MessageError;

namespace {

// A key is 16 bytes in base64: 22 digits, of which the last carries 2 bits, and two pads.
bool is_key(std::string_view key) {
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return key.size() == 24 && key.substr(0, 22).find_first_not_of(digits) == key.npos &&
           std::string_view("AQgw").find(key[21]) != std::string_view::npos && key.ends_with("==");
}

}  // namespace

bool asks_for_websocket(const http::RequestHead& head) {
    return head.fields.lists("Upgrade", "websocket") || head.fields.count("Sec-WebSocket-Key") > 0;
}

net::ErrorCode judge_request(const http::RequestHead& head) {
    if (head.method != "GET" || head.version != http::Version::http_1_1) return MessageError::bad_handshake;
    if (!head.fields.lists("Upgrade", "websocket")) return MessageError::bad_handshake;
    if (!head.fields.lists("Connection", "upgrade")) return MessageError::connection_not_upgraded;
    if (head.fields.count("Transfer-Encoding") > 0) return MessageError::bad_handshake;
    if (head.fields.find("Content-Length").value_or("0") != "0") return MessageError::bad_handshake;
    if (head.fields.count("Sec-WebSocket-Version") != 1) return MessageError::bad_handshake;
    if (head.fields.find("Sec-WebSocket-Version") != "13") return MessageError::bad_websocket_version;
    if (head.fields.count("Sec-WebSocket-Key") != 1 || !is_key(*head.fields.find("Sec-WebSocket-Key")))
        return MessageError::bad_handshake;
    return {};
}

namespace {

// Fetched once: EVP_sha1() looks its implementation up for every digest.
const EVP_MD* sha1() {
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    return algorithm;
}

// In base64; without a string of its own, since each handshake is compared with it.
std::array<char, 28> accept_digits(std::string_view key) {
    static constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestInit_ex2(context.get(), sha1(), nullptr);
    EVP_DigestUpdate(context.get(), key.data(), key.size());
    EVP_DigestUpdate(context.get(), guid.data(), guid.size());
    EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    std::array<unsigned char, 29> encoded{};  // and a zero
    EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    std::array<char, 28> digits;
    std::copy_n(encoded.begin(), digits.size(), digits.begin());
    return digits;
}

}  // namespace

net::ErrorCode judge_response(const http::ResponseHead& head, std::string_view key) {
    if (head.version != http::Version::http_1_1 || !head.fields.lists("Connection", "upgrade") ||
        head.fields.count("Upgrade") == 0)
        return MessageError::unexpected_upgrade;
    if (key.empty()) return {};
    if (!head.fields.lists("Upgrade", "websocket")) return MessageError::unexpected_upgrade;
    const auto digits = accept_digits(key);
    if (head.fields.count("Sec-WebSocket-Accept") != 1 ||
        *head.fields.find("Sec-WebSocket-Accept") != std::string_view(digits.begin(), digits.end()))
        return MessageError::bad_accept;
    return {};
}

std::string accept_for(std::string_view key) {
    const auto digits = accept_digits(key);
    return {digits.begin(), digits.end()};
}

}  // namespace proxy::websocket
