// The two sides of one tunnel: what is read on the one is written on the other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/intrusive/list_hook.hpp>

#include "net/deadline.hpp"
#include "proxy/tunnel/tunnel.hpp"
#include "proxy/websocket/frame_follower.hpp"

namespace proxy::tunnel {

class Pair;
class Relay;

/// One side: a socket, what it still has to take, and whether each of its directions is open.
struct Side {
    Pair* pair = nullptr;
    net::Transport transport;
    std::string refused;        ///< bytes for this socket that it has not taken yet
    std::size_t refused_at = 0; ///< how many of them it has taken meanwhile
    std::uint64_t received = 0; ///< bytes read from this socket
    websocket::FrameFollower frames;  ///< read from this socket, where the tunnel is one of WebSocket
    std::uint8_t reads_alone = 0;  ///< for so many reads, because it sends more than what is read together with what others send
    bool is_bulk = false;       ///< large frames come from it, so that it is worth the while to look at the head of the next
    bool is_due = false;        ///< bytes for this socket have been read, and the relay is going to write them
    bool read_awaits_write = false;  ///< TLS has to send something before it can read on
    bool ended = false;         ///< it has sent its last byte
    bool end_awaits_write = false;  ///< the end is due, and the socket has no room for close_notify
    bool write_shut = false;    ///< it has been sent our last byte

    bool is_read_alone() const { return reads_alone > 0 || is_bulk || !transport.is_plain(); }
    bool has_refused() const { return refused_at < refused.size(); }
};

class Pair : public boost::intrusive::list_base_hook<> {
 public:
    Pair(Relay& relay, Tunnel tunnel);
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    /// Passes on what came before the relay, and begins to watch both sockets.
    void start();

    /// Writes the record and closes both sockets; whoever calls it removes the pair from the relay. `closed_by` is "client", "upstream" or "proxy".
    void end(std::string_view closed_by, std::string_view reason);

    /// What a call of the relay has read from one of its sides; see net::CallBatch::run() for the result.
    void take(Side& side, std::span<char> room, int result);

    /// Writes to one of its sides what has been read from the other.
    void deliver(Side& to, std::string_view data);

    /// How that has gone.
    void delivered(Side& to, std::string_view data, const net::Outcome& outcome);

    /// What is due to that side is the last that it gets: the Close frame that answers a client's. Towards the upstream it
    /// is the server that ends first (RFC 6455, 7.1.1).
    bool is_last_for(const Side& to) const { return &to == &client_ && both_have_closed(); }

    /// Sends the end behind that, unless some of it was refused. Closing would be a reset instead, and the frame lost, where
    /// the client's answer to a Ping has come behind its Close frame (5.5.2). Plain only.
    void end_writing(Side& to);

    bool over() const { return over_; }
    net::TimePoint started() const { return started_; }

    /// The serial number of its client's connection.
    std::uint64_t connection() const { return connection_; }

    bool leads_to(const upstream::Endpoint& endpoint) const { return lease_ && lease_->is_same_as(endpoint); }

 private:
    static void idle_expired(void* self);
    static void on_events(void* side, std::uint32_t events);
    void handle(Side& side, std::uint32_t events);
    Side& other(Side& side) { return &side == &client_ ? upstream_ : client_; }
    std::string_view name(const Side& side) const { return &side == &client_ ? "client" : "upstream"; }

    void read(Side& side);
    void read_buffered(Side& side);
    net::Progress read_once(Side& side);
    net::Progress pass_on(Side& side, const char* data, const net::Outcome& outcome);
    net::Progress note(Side& side, const net::Outcome& outcome);
    std::optional<net::Progress> splice(Side& side);
    void judge_size(Side& side, std::size_t count);
    void count(Side& side, std::string_view received);
    void deliver_spliced(Side& to);
    void keep(Side& to, std::string rest);
    bool both_have_closed() const;
    void pause();
    void resume();
    void flush(Side& side);
    void pass_on_end(Side& side);
    void watch(Side& side);
    void watch_both();
    void fail(Side& side, const net::ErrorCode& error);

    Relay& relay_;
    Side client_;
    Side upstream_;
    net::Deadline idle_;
    net::Duration idle_timeout_;
    net::TimePoint started_;
    upstream::Lease lease_;
    std::unique_ptr<upstream::SessionHold> session_;
    upstream::SourcePorts::Hold port_;
    observe::AccessRecord record_;
    std::shared_ptr<void> admission_;
    std::uint64_t connection_;
    bool is_websocket_;
    const Side* first_to_end_ = nullptr;
    net::TimePoint paused_since_;
    net::TimePoint::duration paused_for_{0};
    unsigned waiting_directions_ = 0;  // whose reader has refused bytes
    bool over_ = false;
};

}  // namespace proxy::tunnel
