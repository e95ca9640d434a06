// What is left of a TLS 1.3 connection when nothing but data is to come: keys and counters in place of an SSL object.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/outcome.hpp"
#include "net/record_layer.hpp"

namespace net {

class TlsSession;

/// Reads and writes records on a non-blocking descriptor: what a kernel with TLS does for a socket, done in the process.
/// OpenSSL's object for a connection is some 14 KiB, most of it for the handshake; this is about one.
class TlsRecords {
 public:
    /// Takes a session's place where that can be done: TLS 1.3, of a known cipher suite, without anything in OpenSSL's
    /// buffers, with no record half sent. Otherwise null, and the session is as it was: most often a later call succeeds.
    static std::unique_ptr<TlsRecords> take_over(TlsSession& session, int descriptor);

    /// These are as those of TlsSession. More than one record may be read, or written, at a time. What a write has not taken
    /// may be sealed already: the next one must begin with the same bytes, and have as many at least.
    Outcome read(char* data, std::size_t size);
    Outcome write(std::string_view data);
    Outcome shutdown();
    bool has_buffered() const;

 private:
    TlsRecords(RecordLayer::Role role, const CipherSuite& suite, const TrafficState& read, const TrafficState& write,
               int descriptor);

    Outcome read_records(std::span<char> room);
    Outcome receive(std::span<char> room, std::size_t& size);
    void answer_key_update();
    void send_alert();
    Outcome send_unsent();

    RecordLayer layer_;
    int descriptor_;
    bool ended_ = false;
    bool notified_ = false;  // close_notify, or an alert, is sent, or the last of what is unsent
    std::string unread_;     // came from the socket and is not opened yet: seldom more than a part of a record
    std::string opened_;     // text for which a reader had no room
    std::string unsent_;     // records the socket had no room for
    std::size_t promised_ = 0;  // bytes of the text in them that have not been told as written
    ErrorCode read_error_;
    ErrorCode write_error_;
};

}  // namespace net
