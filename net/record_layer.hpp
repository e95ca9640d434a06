// TLS 1.3 after its handshake, without a socket: records in, text out, and the other way round (RFC 8446, 4.6, 5 and 6).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/failure.hpp"
#include "net/traffic_keys.hpp"

namespace net {

/// Both directions of one connection. Key updates of the other side are followed and, where it asks for it, answered;
/// session tickets are skipped; everything else that is no data ends the connection.
class RecordLayer {
 public:
    enum class Role : std::uint8_t { client, server };

    RecordLayer(Role role, const CipherSuite& suite, const TrafficState& read, const TrafficState& write);

    enum class Next : std::uint8_t {
        more_records,  ///< the rest is no whole record
        more_room,     ///< the next record may need more room than there is
        ended,         ///< close_notify has come
        failed,        ///< `error` says why; the alert for it is the next control()
    };
    struct Opened {
        std::size_t consumed = 0;  ///< bytes of whole records
        std::size_t produced = 0;  ///< bytes of text
        Next next = Next::more_records;
        ErrorCode error{};
    };

    /// Opens whole records from the front. Room for TrafficKeys::most_protected bytes is enough for one at least; what is
    /// behind `produced` in it may be written over. Not to be called again after an end or a failure.
    Opened open(std::string_view records, std::span<char> room);

    /// True when there is a whole record at the front, or what can be none.
    static bool has_record(std::string_view records);

    struct Sealed {
        std::size_t taken = 0;  ///< bytes of the text
        std::size_t size = 0;   ///< bytes of records
    };
    /// Seals as much of a text as finds room.
    Sealed seal(std::string_view text, std::span<char> room);

    /// Records that are due without any text: the answer to a key update, the alert for a failure. Empty most often.
    std::string control();

    std::string close_notify();

    RecordLayer::Role role() const { return role_; }

 private:
    std::optional<ErrorCode> take_record(ContentType type, std::string_view text);
    std::optional<ErrorCode> take_alert(std::string_view text);
    std::optional<ErrorCode> take_messages(std::string_view text);
    std::optional<ErrorCode> take_key_update(std::string_view rest);
    ErrorCode refuse(unsigned char alert, int reason);
    std::size_t seal_key_update(char* record);
    std::string sealed_alert(unsigned char level, unsigned char description);

    static constexpr std::size_t message_head = 4;  // of a handshake message: its type and its length
    bool is_within_message() const { return head_size_ > 0 || to_skip_ > 0; }

    TrafficKeys read_;
    TrafficKeys write_;
    Role role_;
    bool ended_ = false;
    bool owes_key_update_ = false;
    std::uint8_t alert_ = 0;  // to be sent; 0, which is close_notify, for none
    std::uint8_t idle_records_ = 0;  // without data, one behind the other, since data went the other way
    std::uint8_t head_size_ = 0;
    std::array<unsigned char, message_head + 1> head_{};  // of a message that has come in part
    std::uint32_t to_skip_ = 0;  // of a message that is not looked at
};

}  // namespace net
