// Large frames, which the kernel passes on without copying them.
//
// Of a frame of WebSocket nobody here has to see more than its head. That is looked at while it still waits in the socket;
// head and payload then go through a pipe.
#include <array>
#include <utility>

#include "proxy/tunnel/pair.hpp"
#include "proxy/tunnel/relay.hpp"

namespace proxy::tunnel {

namespace {

constexpr std::size_t least_spliced = 32 * 1024;  // below that, its system calls cost more than copying
constexpr std::uint8_t short_before_together = 8;  // of short reads in a row, since a long one

// How much of it to take now, so that what is left then is not too little.
std::size_t piece_of(std::uint64_t size) {
    constexpr std::size_t most = net::Pipe::most;
    if (size <= most) return static_cast<std::size_t>(size);
    return size < most + least_spliced ? most - least_spliced : most;
}

}  // namespace

// After a read of so many bytes.
void Pair::judge_size(Side& side, std::size_t count) {
    const bool is_large = (!is_websocket_ || side.frames.latest_payload() >= least_spliced) && side.transport.is_plain() &&
                          other(side).transport.is_plain();
    side.is_bulk = is_large && (side.is_bulk || count >= least_spliced);
    if (count >= Relay::most_of_short)
        side.reads_alone = short_before_together;
    else if (side.reads_alone > 0)
        --side.reads_alone;
}

// Nothing: a read has to say what there is.
std::optional<net::Progress> Pair::splice(Side& side) {
    std::array<char, websocket::FrameFollower::most_head_size> head;
    std::string_view seen;
    std::uint64_t size = is_websocket_ ? side.frames.to_frame_end() : net::Pipe::most;
    if (is_websocket_ && size == 0) {
        const net::Outcome peeked = side.transport.peek(head.data(), head.size());
        if (peeked.progress != net::Progress::done) return note(side, peeked);
        seen = {head.data(), peeked.count};
        size = side.frames.to_frame_end(seen);
    }
    if (size < least_spliced) return std::nullopt;

    const net::Outcome outcome = side.transport.read(relay_.pipe_, piece_of(size));
    if (outcome.progress == net::Progress::want_read) return std::nullopt;
    if (outcome.progress != net::Progress::done) return note(side, outcome);
    const std::size_t moved = outcome.count;
    if (moved < least_spliced) side.is_bulk = false;  // it comes little by little
    side.received += moved;
    relay_.spliced_ += moved;
    seen = seen.substr(0, moved);
    if (is_websocket_) side.frames.follow(seen, moved - seen.size());
    deliver_spliced(other(side));
    return net::Progress::done;
}

void Pair::deliver_spliced(Side& to) {
    relay_.write_due_to(to);
    net::Outcome outcome;
    if (!over_ && !to.has_refused()) outcome = to.transport.write(relay_.pipe_);
    std::string rest = relay_.pipe_.take();  // whatever has become of it: the next tunnel needs the pipe
    if (over_ || rest.empty()) return;
    if (outcome.progress == net::Progress::failed) return fail(to, outcome.error);
    keep(to, std::move(rest));
}

}  // namespace proxy::tunnel
