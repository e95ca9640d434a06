// Reading, writing, half-close and the end of one tunnel.
#include "proxy/tunnel/pair.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "proxy/tunnel/relay.hpp"

namespace proxy::tunnel {

namespace {

std::string describe(int error) { return boost::system::system_category().message(error); }

// What one non-blocking send took; -1 with errno for a real error.
ssize_t send_some(int socket, std::string_view data) {
    for (;;) {
        const ssize_t count = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
        if (count >= 0) return count;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        if (errno != EINTR) return -1;
    }
}

}  // namespace

Pair::Pair(Relay& relay, Tunnel tunnel)
    : relay_(relay),
      idle_(relay.deadlines_, &Pair::idle_expired, this),
      idle_timeout_(tunnel.idle_timeout),
      started_(relay.deadlines_.now()),
      lease_(std::move(tunnel.lease)),
      record_(std::move(tunnel.record)),
      admission_(std::move(tunnel.admission)) {
    client_.pair = upstream_.pair = this;
    client_.socket = std::move(tunnel.client);
    upstream_.socket = std::move(tunnel.upstream);
    client_.received = tunnel.unread_from_client.size();
    upstream_.received = tunnel.unread_from_upstream.size();
    upstream_.refused = std::move(tunnel.unread_from_client);
    client_.refused = std::move(tunnel.unread_from_upstream);
}

void Pair::start() {
    if (idle_timeout_ > net::Duration::zero()) idle_.arm(idle_timeout_);
    flush(client_);
    if (!over_) flush(upstream_);
    if (!over_) watch_both();
}

void Pair::idle_expired(void* self) { static_cast<Pair*>(self)->end("proxy", "idle timeout"); }

void Pair::handle(Side& side, std::uint32_t events) {
    const bool readable = (side.watched & EPOLLIN) && (events & (EPOLLIN | EPOLLHUP));
    // A side that was reset may have sent its last words before, a Close frame for example: reading gives those first
    // and then the error.
    if ((events & EPOLLERR) && !readable) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(side.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        return fail(side, error);
    }
    if (idle_timeout_ > net::Duration::zero()) idle_.arm(idle_timeout_);
    if ((events & EPOLLOUT) && !(events & EPOLLERR)) flush(side);
    if (!over_ && readable) read(side);
    if (!over_) watch_both();
}

void Pair::read(Side& side) {
    // Once for each event: the socket stays readable in a level-triggered set, and the others get their turn.
    const ssize_t count = ::recv(side.socket.get(), relay_.buffer_.data(), relay_.buffer_.size(), 0);
    if (count > 0) {
        side.received += static_cast<std::uint64_t>(count);
        deliver(other(side), {relay_.buffer_.data(), static_cast<std::size_t>(count)});
    } else if (count == 0) {
        side.ended = true;
        if (first_to_end_.empty()) first_to_end_ = name(side);
        pass_on_end(other(side));
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        fail(side, errno);
    }
}

void Pair::deliver(Side& to, std::string_view data) {
    const ssize_t count = send_some(to.socket.get(), data);
    if (count < 0) return fail(to, errno);
    if (static_cast<std::size_t>(count) < data.size()) to.refused.assign(data.substr(static_cast<std::size_t>(count)));
}

void Pair::flush(Side& side) {
    if (!side.has_refused()) return;
    const ssize_t count = send_some(side.socket.get(), std::string_view(side.refused).substr(side.refused_at));
    if (count < 0) return fail(side, errno);
    side.refused_at += static_cast<std::size_t>(count);
    if (side.has_refused()) return;
    side.refused = std::string();  // gives the memory back, which clear() would not
    side.refused_at = 0;
    if (other(side).ended) pass_on_end(side);
}

// The other side has sent its last byte: so has this one been, once it has taken what it refused.
void Pair::pass_on_end(Side& side) {
    if (side.has_refused() || side.write_shut) return;
    side.write_shut = true;
    ::shutdown(side.socket.get(), SHUT_WR);
    if (client_.write_shut && upstream_.write_shut) end(first_to_end_, "eof");
}

void Pair::watch_both() {
    watch(client_);
    watch(upstream_);
}

// A socket that nothing is wanted from leaves the set: epoll reports a hang-up even where no event is asked for.
void Pair::watch(Side& side) {
    std::uint32_t wanted = 0;
    if (!side.ended && !other(side).has_refused()) wanted |= EPOLLIN;
    if (side.has_refused()) wanted |= EPOLLOUT;
    if (wanted == side.watched) return;
    epoll_event event{};
    event.events = wanted;
    event.data.ptr = &side;
    const int operation = wanted == 0 ? EPOLL_CTL_DEL : side.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(relay_.epoll_.native_handle(), operation, side.socket.get(), &event) != 0)
        return end("proxy", describe(errno));
    side.watched = wanted;
}

void Pair::fail(Side& side, int error) { end(name(side), describe(error)); }

void Pair::end(std::string_view closed_by, std::string_view reason) {
    if (over_) return;
    over_ = true;
    observe::TunnelSummary summary;
    summary.duration = std::chrono::duration_cast<std::chrono::milliseconds>(relay_.deadlines_.now() - started_);
    summary.from_client = client_.received;
    summary.from_upstream = upstream_.received;
    summary.closed_by = closed_by;
    summary.reason = reason;
    summary.endpoint = lease_ ? std::string_view(lease_->name()) : std::string_view();
    record_.write(summary);
    client_.socket.reset();
    upstream_.socket.reset();
    relay_.discard(*this);
}

}  // namespace proxy::tunnel
