// The keys of one direction of a TLS 1.3 connection, and what they do to one record (RFC 8446, 5.2 to 5.5 and 7).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/traffic_secrets.hpp"

namespace net {

/// One of the cipher suites of TLS 1.3 whose records can be protected here.
struct CipherSuite;

/// By its number in the registry; null for those that are not known here (the AES-CCM suites).
const CipherSuite* find_cipher_suite(std::uint16_t number);

enum class ContentType : std::uint8_t { change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23 };

/// Keys, nonces and the count of records, without any cipher state: that is the thread's, which has some for those who are
/// at work, so that an idle connection holds 150 bytes for each direction.
class TrafficKeys {
 public:
    static constexpr std::size_t header_size = 5;
    static constexpr std::size_t most_text = 16384;                 ///< in one record
    static constexpr std::size_t overhead = header_size + 1 + 16;   ///< header, content type, tag
    static constexpr std::size_t most_protected = most_text + 256;  ///< behind the header

    TrafficKeys(const CipherSuite& suite, const TrafficState& state);
    ~TrafficKeys();
    TrafficKeys(const TrafficKeys&) = delete;
    TrafficKeys& operator=(const TrafficKeys&) = delete;

    /// Writes a record of text.size() + overhead bytes. At most most_text bytes of text, which may not overlap with it.
    void seal(ContentType type, std::string_view text, char* record);

    /// Writes what a whole record protects, padding and content type included, which is record.size() - header_size - 16
    /// bytes: the return value. Nothing where it is not what the other side has sealed.
    std::optional<std::size_t> open(std::string_view record, char* text);

    /// Goes on to the next secret (RFC 8446, 7.2).
    void update();

    /// True when so much has been sealed that the next secret is due (RFC 8446, 5.5): 2^23 full records of AES-GCM.
    bool are_worn() const;

 private:
    static constexpr std::uint64_t most_sealed = (std::uint64_t{1} << 23) * most_text;  // bytes

    void derive();
    void forget();
    std::array<unsigned char, 12> next_nonce();

    const CipherSuite* suite_;
    TrafficSecret secret_;
    std::array<unsigned char, 32> key_;
    std::array<unsigned char, 12> iv_;
    std::uint64_t records_;
    std::uint64_t sealed_;  // bytes of text, at most
    std::uint64_t serial_ = 0;  // of this key, among all of the process
};

}  // namespace net
