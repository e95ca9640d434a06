// Records between a socket and the buffers of its thread.
#include "net/tls_records.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "net/system_calls.hpp"
#include "net/tls_context.hpp"
#include "net/tls_error.hpp"
#include "net/tls_session.hpp"

namespace net {

namespace {

constexpr std::size_t scratch_size = 128 * 1024;
constexpr std::size_t room_for_a_record = TrafficKeys::most_protected;

// Records lie in it only while a call lasts.
std::span<char> scratch() {
    thread_local std::vector<char> buffer(scratch_size);
    return buffer;
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }
ErrorCode last_error() { return {errno, boost::system::system_category()}; }

// Takes bytes off the front, and gives the memory back with the last of them.
void drop(std::string& text, std::size_t count) { text = count == text.size() ? std::string() : text.substr(count); }

}  // namespace

std::unique_ptr<TlsRecords> TlsRecords::take_over(TlsSession& session, int descriptor) {
    const SSL* const ssl = session.handle();
    const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
    const CipherSuite* const suite = cipher == nullptr ? nullptr : find_cipher_suite(SSL_CIPHER_get_protocol_id(cipher));
    if (suite == nullptr || !session.is_at_rest() || TlsContext::pads_records(ssl)) return nullptr;
    const auto role = SSL_is_server(ssl) == 1 ? RecordLayer::Role::server : RecordLayer::Role::client;
    const TrafficSecrets& secrets = session.secrets();
    std::unique_ptr<TlsRecords> records(new TlsRecords(role, *suite, secrets.read(), secrets.write(), descriptor));
    records->unsent_ = session.take_held();
    return records;
}

TlsRecords::TlsRecords(RecordLayer::Role role, const CipherSuite& suite, const TrafficState& read,
                       const TrafficState& write, int descriptor)
    : layer_(role, suite, read, write), descriptor_(descriptor) {}

bool TlsRecords::has_buffered() const {
    return ended_ || read_error_ || !opened_.empty() || RecordLayer::has_record(unread_);
}

Outcome TlsRecords::read(char* data, std::size_t size) {
    if (opened_.empty() && size >= room_for_a_record) return read_records({data, size});
    Rest rest = Rest::unknown;
    if (opened_.empty()) {
        std::string room(room_for_a_record, '\0');
        const Outcome outcome = read_records(room);
        if (outcome.progress != Progress::done) return outcome;
        opened_.assign(room, 0, outcome.count);
        rest = outcome.rest;
    }
    const std::size_t count = opened_.copy(data, size);
    drop(opened_, count);
    return {Progress::done, count, {}, rest};
}

// Puts what is unread, and what the socket has behind it, into the scratch: no more of it than there is room for its text, so
// that no whole record is left over. A part of one is always shorter than the least of these, so some room is there to read to.
Outcome TlsRecords::receive(std::span<char> room, std::size_t& size) {
    const std::span<char> records = scratch();
    size = unread_.copy(records.data(), records.size());
    if (RecordLayer::has_record(unread_)) return {};
    const std::size_t most = std::max(std::min(records.size(), room.size()), room_for_a_record + TrafficKeys::header_size);
    const ssize_t count = kernel::recv(descriptor_, records.data() + size, most - size, 0);
    const Rest rest = rest_after(count, most - size);
    if (count > 0) {
        size += static_cast<std::size_t>(count);
        return {Progress::done, 0, {}, rest};
    }
    if (count < 0)
        return would_block() ? Outcome{Progress::want_read, 0, {}, rest} : Outcome{Progress::failed, 0, last_error()};
    // As for a TlsSession: what a client ends without close_notify is an end, and what an upstream ends so is none.
    if (layer_.role() == RecordLayer::Role::server) return {Progress::ended, 0, {}};
    return {Progress::failed, 0, tls_error(SSL_R_UNEXPECTED_EOF_WHILE_READING)};
}

Outcome TlsRecords::read_records(std::span<char> room) {
    if (read_error_) return {Progress::failed, 0, read_error_};
    if (ended_) return {Progress::ended, 0, {}};
    std::size_t size = 0;
    const Outcome received = receive(room, size);
    read_error_ = received.error;
    ended_ = received.progress == Progress::ended;
    if (received.progress != Progress::done) return received;

    const std::string_view records(scratch().data(), size);
    const RecordLayer::Opened opened = layer_.open(records, room);
    unread_ = records.substr(opened.consumed);
    if (unread_.empty()) unread_ = std::string();  // which gives its memory back
    read_error_ = opened.error;
    ended_ = opened.next == RecordLayer::Next::ended;
    if (read_error_)
        send_alert();
    else
        answer_key_update();
    if (opened.produced > 0) return {Progress::done, opened.produced, {}, received.rest};
    if (read_error_) return {Progress::failed, 0, read_error_};
    return {ended_ ? Progress::ended : Progress::want_read, 0, {}, received.rest};
}

// One at a time: who asks again meanwhile gets the same answer. What does not go at once goes with the next write, as
// nobody waits for it.
void TlsRecords::answer_key_update() {
    if (notified_ || write_error_ || !unsent_.empty()) return;
    unsent_ = layer_.control();
    send_unsent();
}

// Nothing follows an alert, and nothing, not even close_notify, answers one (RFC 8446, 6): the end is no orderly one.
void TlsRecords::send_alert() {
    if (std::exchange(notified_, true) || write_error_) return;
    unsent_ += layer_.control();
    send_unsent();
}

Outcome TlsRecords::send_unsent() {
    if (unsent_.empty()) return {};
    const ssize_t sent = kernel::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0 && !would_block()) {
        write_error_ = last_error();
        return {Progress::failed, 0, write_error_};
    }
    if (sent > 0) drop(unsent_, static_cast<std::size_t>(sent));
    return unsent_.empty() ? Outcome{} : Outcome{Progress::want_write, 0, {}};
}

Outcome TlsRecords::write(std::string_view data) {
    if (write_error_) return {Progress::failed, 0, write_error_};
    const Outcome before = send_unsent();
    if (before.progress != Progress::done) return before;
    std::size_t written = std::exchange(promised_, 0);
    while (written < data.size()) {
        const std::span<char> records = scratch();
        const RecordLayer::Sealed sealed = layer_.seal(data.substr(written), records);
        const ssize_t sent = kernel::send(descriptor_, records.data(), sealed.size, MSG_NOSIGNAL);
        if (sent < 0 && !would_block()) {
            write_error_ = last_error();
            return {Progress::failed, 0, write_error_};
        }
        const std::size_t gone = sent < 0 ? 0 : static_cast<std::size_t>(sent);
        if (gone < sealed.size) {
            unsent_.assign(records.data() + gone, sealed.size - gone);
            promised_ = sealed.taken;
            return written > 0 ? Outcome{Progress::done, written, {}} : Outcome{Progress::want_write, 0, {}};
        }
        written += sealed.taken;
    }
    return {Progress::done, written, {}};
}

Outcome TlsRecords::shutdown() {
    if (write_error_) return {Progress::failed, 0, write_error_};
    if (!std::exchange(notified_, true)) unsent_ += layer_.close_notify();
    return send_unsent();
}

}  // namespace net
