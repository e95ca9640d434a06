// Rules for what may come in a record, and when.
#include "net/record_layer.hpp"

#include <openssl/ssl.h>

#include <algorithm>

#include <boost/endian/conversion.hpp>

#include "net/tls_error.hpp"

namespace net {

namespace {

// A peer that sends nothing but such records makes work and never gets anywhere.
constexpr unsigned most_idle_records = 32;

constexpr std::size_t tag_and_type = TrafficKeys::overhead - TrafficKeys::header_size;

struct Header {
    explicit Header(std::string_view records)
        : type(static_cast<unsigned char>(records[0])),
          length(boost::endian::load_big_u16(reinterpret_cast<const unsigned char*>(records.data()) + 3)) {}

    // Of a protected record the type is always the same; the version says nothing (RFC 8446, 5.1).
    bool is_protected() const { return type == SSL3_RT_APPLICATION_DATA; }
    bool is_possible() const {
        return is_protected() && length >= tag_and_type && length <= TrafficKeys::most_protected;
    }
    std::size_t size() const { return TrafficKeys::header_size + length; }

    unsigned char type;
    std::size_t length;
};

}  // namespace

RecordLayer::RecordLayer(Role role, const CipherSuite& suite, const TrafficState& read, const TrafficState& write)
    : read_(suite, read), write_(suite, write), role_(role) {}

bool RecordLayer::has_record(std::string_view records) {
    if (records.size() < TrafficKeys::header_size) return false;
    const Header header(records);
    return !header.is_possible() || records.size() >= header.size();
}

ErrorCode RecordLayer::refuse(unsigned char alert, int reason) {
    alert_ = alert;
    return tls_error(reason);
}

RecordLayer::Opened RecordLayer::open(std::string_view records, std::span<char> room) {
    Opened opened;
    const auto failed = [&](const ErrorCode& error) {
        opened.next = Next::failed;
        opened.error = error;
        return opened;
    };
    while (has_record(records.substr(opened.consumed))) {
        const std::string_view rest = records.substr(opened.consumed);
        const Header header(rest);
        if (!header.is_protected()) return failed(refuse(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_RECORD));
        if (header.length > TrafficKeys::most_protected)
            return failed(refuse(SSL_AD_RECORD_OVERFLOW, SSL_R_ENCRYPTED_LENGTH_TOO_LONG));
        if (header.length < tag_and_type) return failed(refuse(SSL_AD_BAD_RECORD_MAC, SSL_R_LENGTH_TOO_SHORT));
        const std::span<char> free = room.subspan(opened.produced);
        if (header.length > free.size()) {
            opened.next = Next::more_room;
            return opened;
        }
        const auto inner = read_.open(rest.substr(0, header.size()), free.data());
        if (!inner) return failed(refuse(SSL_AD_BAD_RECORD_MAC, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC));
        opened.consumed += header.size();

        // Zeros at the end are padding; the last other byte is the type (RFC 8446, 5.4).
        std::string_view text(free.data(), *inner);
        text = text.substr(0, text.find_last_not_of('\0') + 1);
        if (text.empty()) return failed(refuse(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_BAD_RECORD_TYPE));
        if (text.size() > TrafficKeys::most_text + 1)
            return failed(refuse(SSL_AD_RECORD_OVERFLOW, SSL_R_DATA_LENGTH_TOO_LONG));
        const auto type = static_cast<ContentType>(text.back());
        text.remove_suffix(1);
        if (const auto error = take_record(type, text)) return failed(*error);
        if (type == ContentType::application_data) opened.produced += text.size();
        if (ended_) {
            opened.next = Next::ended;
            return opened;
        }
    }
    return opened;
}

std::optional<ErrorCode> RecordLayer::take_record(ContentType type, std::string_view text) {
    const bool moves_on = type == ContentType::application_data && !text.empty();
    idle_records_ = moves_on ? 0 : static_cast<std::uint8_t>(idle_records_ + 1);
    if (idle_records_ > most_idle_records) return refuse(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_RECORD_TOO_SMALL);
    if (type == ContentType::handshake) return take_messages(text);
    if (is_within_message()) return refuse(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_RECORD);
    if (type == ContentType::alert) return take_alert(text);
    if (type == ContentType::application_data) return std::nullopt;
    return refuse(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_RECORD);
}

// RFC 8446, 6: every alert but these two is an error, whatever its level says.
std::optional<ErrorCode> RecordLayer::take_alert(std::string_view text) {
    if (text.size() != 2) return refuse(SSL_AD_DECODE_ERROR, SSL_R_INVALID_ALERT);
    const auto description = static_cast<unsigned char>(text[1]);
    ended_ = description == SSL_AD_CLOSE_NOTIFY;
    if (ended_ || description == SSL_AD_USER_CANCELLED) return std::nullopt;
    return alert_error(description);
}

std::optional<ErrorCode> RecordLayer::take_messages(std::string_view text) {
    if (text.empty()) return refuse(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_RECORD);
    while (!text.empty()) {
        if (to_skip_ > 0) {
            const std::size_t skipped = std::min<std::size_t>(to_skip_, text.size());
            to_skip_ -= static_cast<std::uint32_t>(skipped);
            text.remove_prefix(skipped);
            continue;
        }
        head_[head_size_++] = static_cast<unsigned char>(text.front());
        text.remove_prefix(1);
        if (head_size_ < message_head) continue;
        const std::uint32_t length = boost::endian::load_big_u24(head_.data() + 1);
        if (head_[0] == SSL3_MT_NEWSESSION_TICKET && role_ == Role::client) {
            to_skip_ = length;
            head_size_ = 0;
        } else if (head_[0] != SSL3_MT_KEY_UPDATE) {
            return refuse(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_UNEXPECTED_MESSAGE);
        } else if (length != 1) {
            return refuse(SSL_AD_DECODE_ERROR, SSL_R_BAD_KEY_UPDATE);
        } else if (head_size_ == head_.size()) {
            return take_key_update(text);
        }
    }
    return std::nullopt;
}

// RFC 8446, 4.6.3. One answer is enough for all requests that come before it is sent.
std::optional<ErrorCode> RecordLayer::take_key_update(std::string_view rest) {
    const unsigned char request = head_.back();
    head_size_ = 0;
    if (request > SSL_KEY_UPDATE_REQUESTED) return refuse(SSL_AD_ILLEGAL_PARAMETER, SSL_R_BAD_KEY_UPDATE);
    if (!rest.empty()) return refuse(SSL_AD_UNEXPECTED_MESSAGE, SSL_R_NOT_ON_RECORD_BOUNDARY);
    read_.update();
    if (request == SSL_KEY_UPDATE_REQUESTED) owes_key_update_ = true;
    return std::nullopt;
}

std::size_t RecordLayer::seal_key_update(char* record) {
    constexpr std::string_view message{"\x18\0\0\1\0", 5};  // update_not_requested
    write_.seal(ContentType::handshake, message, record);
    write_.update();
    owes_key_update_ = false;
    return message.size() + TrafficKeys::overhead;
}

RecordLayer::Sealed RecordLayer::seal(std::string_view text, std::span<char> room) {
    constexpr std::size_t key_update = 5 + TrafficKeys::overhead;
    Sealed sealed;
    while (sealed.taken < text.size() && room.size() > sealed.size + key_update + TrafficKeys::overhead) {
        if (owes_key_update_ || write_.are_worn()) sealed.size += seal_key_update(room.data() + sealed.size);
        const std::string_view piece = text.substr(
            sealed.taken, std::min(TrafficKeys::most_text, room.size() - sealed.size - TrafficKeys::overhead));
        write_.seal(ContentType::application_data, piece, room.data() + sealed.size);
        idle_records_ = 0;  // the connection moves on, if not by the other side
        sealed.taken += piece.size();
        sealed.size += piece.size() + TrafficKeys::overhead;
    }
    return sealed;
}

std::string RecordLayer::sealed_alert(unsigned char level, unsigned char description) {
    const std::array<char, 2> alert{static_cast<char>(level), static_cast<char>(description)};
    std::string record(alert.size() + TrafficKeys::overhead, '\0');
    write_.seal(ContentType::alert, {alert.data(), alert.size()}, record.data());
    return record;
}

std::string RecordLayer::control() {
    if (alert_ != 0) return sealed_alert(SSL3_AL_FATAL, std::exchange(alert_, std::uint8_t{0}));
    if (!owes_key_update_) return {};
    std::string record(5 + TrafficKeys::overhead, '\0');
    seal_key_update(record.data());
    return record;
}

std::string RecordLayer::close_notify() { return sealed_alert(SSL3_AL_WARNING, SSL_AD_CLOSE_NOTIFY); }

}  // namespace net
