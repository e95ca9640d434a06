// The traffic secrets of a TLS 1.3 connection, and how many records they have protected, as OpenSSL tells of them.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "net/key_schedule.hpp"

namespace net {

/// A traffic secret of one direction (RFC 8446, 7.1), erased at its end.
class TrafficSecret {
 public:
    TrafficSecret() = default;
    explicit TrafficSecret(std::span<const unsigned char> bytes);
    TrafficSecret(const TrafficSecret&) = default;
    TrafficSecret& operator=(const TrafficSecret&) = default;
    ~TrafficSecret();

    std::span<const unsigned char> bytes() const { return std::span(bytes_).first(size_); }
    bool empty() const { return size_ == 0; }

 private:
    std::array<unsigned char, 48> bytes_{};  // as long as the digest of the cipher suite
    std::uint8_t size_ = 0;
};

/// What one direction of a connection stands at.
struct TrafficState {
    TrafficSecret secret;
    std::uint64_t records = 0;  ///< protected with it so far: the sequence number of the next one
};

/// Watches one SSL object from before its handshake: its key schedule, and the headers of its records.
class TrafficSecrets final : private ExpansionListener {
 public:
    /// From here on records are counted and secrets heard. It must live as long as the session is used.
    void watch(SSL* session);

    /// Hears of secrets for as long as it lives: while OpenSSL shakes hands.
    Scope listen() { return Scope(*this); }

    /// True when both directions are known, nothing has replaced their secrets since, and what has been read ends with a
    /// record, and with a message of the handshake where it was one. Never true where nobody watches.
    bool are_known() const {
        return !read_.secret.empty() && !write_.secret.empty() && !replaced_ && !within_record_ && !within_message_;
    }

    const TrafficState& read() const { return read_; }
    const TrafficState& write() const { return write_; }

 private:
    void expanded(std::string_view label, std::span<const unsigned char> out) override;
    static void on_message(int written, int version, int type, const void* data, std::size_t size, SSL* session,
                           void* self);

    TrafficState read_;
    TrafficState write_;
    bool watching_ = false;
    bool is_server_ = false;
    bool within_record_ = false;   // its header has been read
    bool within_message_ = false;  // a record of the handshake has been read, and no message has come of it yet
    bool replaced_ = false;  // by a KeyUpdate
};

}  // namespace net
