// Reading, writing, half-close and the end of one tunnel.
#include "proxy/tunnel/pair.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "proxy/observe/outage.hpp"
#include "proxy/tunnel/relay.hpp"

namespace proxy::tunnel {

namespace {

net::ErrorCode pending_error(int socket) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    return {error, boost::system::system_category()};
}

}  // namespace

Pair::Pair(Relay& relay, Tunnel tunnel)
    : relay_(relay),
      idle_(relay.deadlines_, &Pair::idle_expired, this),
      idle_timeout_(tunnel.idle_timeout),
      started_(relay.deadlines_.now()),
      lease_(std::move(tunnel.lease)),
      session_(std::move(tunnel.session)),
      port_(std::move(tunnel.port)),
      record_(std::move(tunnel.record)),
      admission_(std::move(tunnel.admission)),
      connection_(tunnel.connection),
      is_websocket_(tunnel.is_websocket) {
    client_.pair = upstream_.pair = this;
    client_.transport = std::move(tunnel.client);
    upstream_.transport = std::move(tunnel.upstream);
    for (Side* const side : {&client_, &upstream_})
        side->transport.socket().tell(relay.poller_, &Pair::on_events, side, net::PolledSocket::Reaction::moves);
    count(client_, tunnel.unread_from_client);
    count(upstream_, tunnel.unread_from_upstream);
    upstream_.refused = std::move(tunnel.unread_from_client);
    client_.refused = std::move(tunnel.unread_from_upstream);
}

void Pair::start() {
    if (idle_timeout_ > net::Duration::zero()) idle_.arm(idle_timeout_);
    for (const Side* side : {&client_, &upstream_})
        if (side->has_refused()) pause();
    flush(client_);
    if (!over_) flush(upstream_);
    // TLS may have taken more from the sockets than the HTTP side has read.
    if (!over_) read_buffered(client_);
    if (!over_) read_buffered(upstream_);
    if (!over_) watch_both();
}

void Pair::idle_expired(void* self) {
    auto& pair = *static_cast<Pair*>(self);
    pair.relay_.end(pair, "idle timeout");
}

void Pair::on_events(void* side, std::uint32_t events) {
    auto& ready = *static_cast<Side*>(side);
    Pair& pair = *ready.pair;
    Relay& relay = pair.relay_;
    try {
        pair.handle(ready, events);
    } catch (...) {
        relay.break_off(pair);
    }
    relay.remove_if_over(pair);
    relay.make_room();
}

void Pair::handle(Side& side, std::uint32_t events) {
    const bool readable = (side.transport.socket().wanted() & EPOLLIN) && (events & (EPOLLIN | EPOLLHUP));
    // A side that was reset may have sent its last words before, a Close frame for example: reading gives those first
    // and then the error.
    if ((events & EPOLLERR) && !readable) return fail(side, pending_error(side.transport.descriptor()));
    if (idle_timeout_ > net::Duration::zero()) idle_.arm(idle_timeout_);
    const bool writable = (events & EPOLLOUT) && !(events & EPOLLERR);
    if (writable) flush(side);
    if (!over_ && readable && !side.is_read_alone()) return relay_.read_later(side);
    if (!over_ && (readable || (writable && side.read_awaits_write))) read(side);
    if (!over_) watch_both();
}

void Pair::take(Side& side, std::span<char> room, int result) {
    pass_on(side, room.data(), side.transport.after_read(result, room.size()));
    if (!over_) watch_both();
}

void Pair::read(Side& side) {
    // Once for each event: of what is left there will be another, and the others get their turn.
    read_once(side);
    if (!over_) read_buffered(side);
}

// What TLS has buffered is invisible to epoll; there is at most one record of it.
void Pair::read_buffered(Side& side) {
    while (!over_ && !side.ended && !other(side).has_refused() && side.transport.has_buffered())
        if (read_once(side) != net::Progress::done) return;  // what it waits for comes with an event
}

net::Progress Pair::read_once(Side& side) {
    if (side.is_bulk && !other(side).write_shut)
        if (const auto progress = splice(side)) return *progress;
    const std::span<char> room = relay_.room();
    const net::Outcome outcome = side.transport.read(room.data(), room.size());
    side.read_awaits_write = outcome.progress == net::Progress::want_write;
    return pass_on(side, room.data(), outcome);
}

// What a read has given.
net::Progress Pair::pass_on(Side& side, const char* data, const net::Outcome& outcome) {
    if (outcome.progress == net::Progress::done) {
        const std::string_view received(data, outcome.count);
        count(side, received);
        judge_size(side, received.size());
        if (!other(side).write_shut) relay_.pass(other(side), received);
    }
    return note(side, outcome);
}

// An end or an error that a read has met.
net::Progress Pair::note(Side& side, const net::Outcome& outcome) {
    if (outcome.progress == net::Progress::ended) {
        side.ended = true;
        if (first_to_end_ == nullptr) first_to_end_ = &side;
        pass_on_end(other(side));
    } else if (outcome.progress == net::Progress::failed) {
        fail(side, outcome.error);
    }
    return outcome.progress;
}

void Pair::count(Side& side, std::string_view received) {
    side.received += received.size();
    if (is_websocket_) side.frames.follow(received);
}

void Pair::deliver(Side& to, std::string_view data) {
    if (to.has_refused()) {  // while this was due
        to.refused.append(data);
        return;
    }
    delivered(to, data, to.transport.write(data));
}

void Pair::delivered(Side& to, std::string_view data, const net::Outcome& outcome) {
    if (outcome.progress == net::Progress::failed) return fail(to, outcome.error);
    if (outcome.count < data.size()) keep(to, std::string(data.substr(outcome.count)));
}

void Pair::end_writing(Side& to) {
    if (over_ || to.has_refused()) return;
    to.transport.end_writing();
    to.write_shut = true;
}

void Pair::keep(Side& to, std::string rest) {
    other(to).is_bulk = false;  // for a slow reader, what is kept would have to be copied all the same
    if (to.has_refused()) {
        to.refused += rest;
        return;
    }
    to.refused = std::move(rest);
    pause();
    watch_both();
}

// Either direction may wait for its reader; the tunnel counts as paused from the first of them to the last.
void Pair::pause() {
    if (waiting_directions_++ > 0) return;
    paused_since_ = relay_.deadlines_.now();
    ++relay_.paused_;
}

void Pair::resume() {
    if (--waiting_directions_ > 0) return;
    paused_for_ += relay_.deadlines_.now() - paused_since_;
    --relay_.paused_;
}

void Pair::flush(Side& side) {
    if (side.end_awaits_write) return pass_on_end(side);
    if (!side.has_refused()) return;
    const net::Outcome outcome = side.transport.write(std::string_view(side.refused).substr(side.refused_at));
    if (outcome.progress == net::Progress::failed) return fail(side, outcome.error);
    side.refused_at += outcome.count;
    if (side.has_refused()) return;
    side.refused = std::string();  // gives the memory back, which clear() would not
    side.refused_at = 0;
    resume();
    if (other(side).ended)
        pass_on_end(side);
    else
        read_buffered(other(side));
}

// The other side has sent its last byte: so has this one been, once it has taken what it refused.
void Pair::pass_on_end(Side& side) {
    relay_.write_due_to(side);
    if (!over_) relay_.write_due_to(other(side));  // which may be closed together with it
    if (over_ || side.has_refused()) return;
    // At the second end, closing sends the FIN; and after two Close frames to both, as nothing can follow those.
    const bool last = side.write_shut || other(side).write_shut || both_have_closed();
    if (!side.write_shut) {
        const net::Progress progress = last ? side.transport.send_close_notify() : side.transport.end_writing();
        side.end_awaits_write = progress == net::Progress::want_write;
        side.write_shut = !side.end_awaits_write;
    }
    if (last && side.write_shut) end(name(*first_to_end_), "eof");
}

// RFC 6455, section 7.1.4; and both frames have reached whom they are for.
bool Pair::both_have_closed() const {
    return client_.frames.has_closed() && upstream_.frames.has_closed() && !client_.has_refused() && !upstream_.has_refused();
}

void Pair::watch_both() {
    watch(client_);
    watch(upstream_);
}

void Pair::watch(Side& side) {
    std::uint32_t wanted = 0;
    // Reading that has to send first cannot take anything: watching for more would only turn in circles.
    if (!side.ended && !side.read_awaits_write && !other(side).has_refused()) wanted |= EPOLLIN;
    if (side.has_refused() || side.read_awaits_write || side.end_awaits_write) wanted |= EPOLLOUT;
    if (const net::ErrorCode error = side.transport.socket().want(wanted)) end("proxy", error.message());
}

void Pair::fail(Side& side, const net::ErrorCode& error) {
    // A socket that is closed answers what still comes for it with a reset, which shows as EPIPE where a FIN has come before
    // it: neither who has ended in order is to blame, nor who lets go of what is over.
    const bool is_over = first_to_end_ != nullptr || client_.write_shut || both_have_closed();
    const bool is_reset = error == boost::system::errc::connection_reset && !is_over;
    if (&side == &upstream_ && is_reset && lease_) {
        const net::TimePoint now = relay_.deadlines_.now();
        observe::log_outage(*lease_, lease_->tunnel_reset(now - started_, now), connection_,
                            "has reset a tunnel at once");
    }
    end(name(side), error.message());
}

void Pair::end(std::string_view closed_by, std::string_view reason) {
    if (over_) return;
    over_ = true;
    for (const Side* side : {&client_, &upstream_}) relay_.leave_ready(*side);
    for (Side* const side : {&client_, &upstream_}) relay_.write_due_to(*side);
    while (waiting_directions_ > 0) resume();
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    observe::TunnelSummary summary;
    summary.duration = duration_cast<milliseconds>(relay_.deadlines_.now() - started_);
    summary.paused = duration_cast<milliseconds>(paused_for_);
    summary.from_client = client_.received;
    summary.from_upstream = upstream_.received;
    summary.closed_by = closed_by;
    summary.reason = reason;
    summary.endpoint = lease_ ? std::string_view(lease_->name()) : std::string_view();
    record_.write(summary);
    const auto at_once = relay_.give_back_at_once();
    client_.transport.close();
    upstream_.transport.close();
}

}  // namespace proxy::tunnel
