// The tunnels of a worker.
#include "proxy/tunnel/relay.hpp"

#include <algorithm>
#include <utility>

#include "proxy/observe/error_log.hpp"
#include "proxy/tunnel/pair.hpp"

namespace proxy::tunnel {

namespace {

constexpr std::size_t read_buffer_size = 256 * 1024;
constexpr std::size_t most_due = 64;       // of more, the first one would wait too long
constexpr std::size_t least_together = 8;  // of fewer, it would wait for next to no gain
// Between the beginnings of two places. Those of pages fall on the same few lines of the cache.
constexpr std::size_t place_distance = 4 * 1024 + 64;
constexpr std::size_t crowd = 1000;  // tunnels whose memory is worth giving back
constexpr std::size_t few = 16;      // that hold little of it

}  // namespace

Relay::Relay(const net::Executor& executor, net::DeadlineQueue& deadlines, net::CallBatch::Way way)
    : deadlines_(deadlines),
      poller_(net::Poller::of(executor)),
      buffer_(read_buffer_size),
      places_(most_due * place_distance),
      calls_(way) {
    ready_.reserve(most_due);
    due_.reserve(2 * most_due);
    poller_.add(*this);
}

Relay::~Relay() { close_all("shutdown"); }

void Relay::adopt(Tunnel tunnel) {
    auto* const pair = new Pair(*this, std::move(tunnel));  // owned by pairs_ until it is over
    pairs_.push_back(*pair);
    if (pairs_.size() > most_) {
        most_ = pairs_.size();
        give_back_at_ = most_ / 4;
    }
    try {
        pair->start();
    } catch (...) {
        break_off(*pair);
    }
    remove_if_over(*pair);
    write_due();  // the end of a batch may be far
}

std::span<char> Relay::place(std::size_t number) {
    return std::span(places_).subspan(number * place_distance, most_of_short);
}

void Relay::read_ready(std::span<Side*> sides) {
    sides = {sides.begin(), std::remove(sides.begin(), sides.end(), nullptr)};
    for (std::size_t i = 0; i < sides.size(); ++i) calls_.add_read(sides[i]->transport.descriptor(), place(i));
    const std::span<const int> results = make_calls();
    // By index: a tunnel that ends takes its other side out.
    for (std::size_t i = 0; i < sides.size(); ++i) {
        Side* const side = std::exchange(sides[i], nullptr);
        if (side == nullptr) continue;
        Pair& pair = *side->pair;
        try {
            pair.take(*side, place(i), results[i]);
        } catch (...) {
            break_off(pair);
        }
        remove_if_over(pair);
    }
    write_due();
}

// Says so when it does without io_uring from now on.
std::span<const int> Relay::make_calls() {
    const net::ErrorCode before = calls_.refusal();
    const std::span<const int> results = calls_.run();
    if (calls_.refusal() != before)
        observe::log(config::LogLevel::alert, "io_uring is lost, and short messages go on without it");
    return results;
}

void Relay::leave_ready(const Side& side) {
    for (Side*& entry : ready_)
        if (entry == &side) entry = nullptr;
}

void Relay::pass(Side& to, std::string_view data) {
    write_due_to(to);
    if (to.pair->over()) return;
    if (data.size() > most_of_short) return to.pair->deliver(to, data);
    if (data.data() == room().data()) used_ += data.size();
    due_.push_back({&to, data, {}, false});
    to.is_due = true;
}

void Relay::write_due() {
    if (due_.empty()) return;
    for (Due& due : due_)
        if (due.to != nullptr && due.to->transport.is_plain() && !due.to->has_refused()) {
            due.is_last = due.to->pair->is_last_for(*due.to);
            calls_.add_write(due.to->transport.descriptor(), due.data, due.is_last);
            due.result = 0;
        }
    const std::span<const int> results = make_calls();
    std::size_t next = 0;
    for (Due& due : due_)
        if (due.result) due.result = results[next++];
    // By index: a tunnel that fails takes out what else is due to its sides.
    for (std::size_t i = 0; i < due_.size(); ++i) {
        const Due due = std::exchange(due_[i], {});
        if (due.to == nullptr) continue;
        Pair& pair = *due.to->pair;
        try {
            deliver(due);
        } catch (...) {
            break_off(pair);
        }
        remove_if_over(pair);
    }
    due_.clear();
    used_ = 0;
}

void Relay::write_due_to(Side& to) {
    if (!to.is_due) return;
    for (Due& entry : due_)
        if (entry.to == &to) return deliver(std::exchange(entry, {}));
}

void Relay::deliver(const Due& due) {
    Side& to = *due.to;
    to.is_due = false;
    if (due.result)
        to.pair->delivered(to, due.data, net::Transport::after_write(*due.result));
    else
        to.pair->deliver(to, due.data);
    if (due.is_last) to.pair->end_writing(to);
}

void Relay::make_room() {
    if (ready_.size() >= most_due)
        batch_ended();
    else if (due_.size() >= most_due || used_ > buffer_.size() / 2)
        write_due();
}

void Relay::batch_ended() {
    const std::span<Side*> sides(ready_);
    const std::size_t together = sides.size() < least_together ? 1 : sides.size();
    for (std::size_t first = 0; first < sides.size(); first += together) read_ready(sides.subspan(first, together));
    ready_.clear();
    write_due();
}

void Relay::close_all(std::string_view reason) {
    while (!pairs_.empty()) end(pairs_.front(), reason);
}

void Relay::close_tunnels_of(const std::shared_ptr<const upstream::Endpoint>& endpoint, net::Duration over,
                             Loss loss) {
    keep_tunnels_of(*endpoint);
    evictions_.push_back(std::make_unique<Eviction>(*this, deadlines_, endpoint, over, loss));
    evictions_.back()->start();
}

void Relay::keep_tunnels_of(const upstream::Endpoint& endpoint) {
    std::erase_if(evictions_, [&](const std::unique_ptr<Eviction>& eviction) {
        return eviction->endpoint().is_same_as(endpoint);
    });
}

// An endpoint whose eviction is over is let go, so that its address may be forgotten.
void Relay::drop_if_over(const Eviction& eviction) {
    if (!eviction.is_over()) return;
    std::erase_if(evictions_, [&](const std::unique_ptr<Eviction>& entry) { return entry.get() == &eviction; });
}

std::vector<Pair*> Relay::tunnels_of(const upstream::Endpoint& endpoint, net::TimePoint by) {
    std::vector<Pair*> found;
    for (Pair& pair : pairs_)
        if (pair.started() <= by && pair.leads_to(endpoint)) found.push_back(&pair);
    return found;
}

void Relay::end(Pair& pair, std::string_view reason) {
    try {
        pair.end("proxy", reason);
    } catch (...) {
        break_off(pair);
    }
    remove_if_over(pair);
}

// For whoever catches what one of its calls has thrown: the others go on.
void Relay::break_off(Pair& pair) {
    observe::log_exception(pair.connection(), std::current_exception());
    for (Due& due : due_)
        if (due.to != nullptr && due.to->pair == &pair) due = {};
    try {
        pair.end("proxy", "exception");  // nothing where it is over
    } catch (...) {
        observe::log_exception(pair.connection(), std::current_exception());
    }
}

void Relay::remove_if_over(Pair& pair) {
    if (!pair.over()) return;
    const auto at_once = give_back_at_once();
    pairs_.erase_and_dispose(pairs_.iterator_to(pair), std::default_delete<Pair>());
    give_memory_back();
}

bool Relay::has_had_a_crowd() const { return most_ >= crowd; }

std::optional<GivingBackAtOnce> Relay::give_back_at_once() const {
    if (has_had_a_crowd()) return std::optional<GivingBackAtOnce>(std::in_place);
    return std::nullopt;
}

// The allocator keeps what a crowd has left behind, and a page of it stays for a single tunnel that is still there. So
// memory goes back to the system when three of four have gone, and again when three of four of the rest have, until few are
// left; not more often, because it costs milliseconds. What becomes free in between goes back at once.
void Relay::give_memory_back() {
    if (!has_had_a_crowd() || pairs_.size() > give_back_at_) return;
    give_back_at_ = pairs_.size() / 4;
    if (pairs_.size() <= few) most_ = 0;
    give_free_memory_back();
}

}  // namespace proxy::tunnel
