// The tunnels of a worker.
#include "proxy/tunnel/relay.hpp"

#include <utility>

#include "proxy/allocator.hpp"
#include "proxy/observe/error_log.hpp"
#include "proxy/tunnel/pair.hpp"

namespace proxy::tunnel {

namespace {

constexpr std::size_t read_buffer_size = 256 * 1024;
constexpr std::size_t most_of_short = 4 * 1024;  // longer messages would leave the cache before they are written
constexpr std::size_t most_due = 64;             // and the first one would wait too long
constexpr std::size_t crowd = 1000;  // tunnels whose memory is worth giving back

}  // namespace

Relay::Relay(const net::Executor& executor, net::DeadlineQueue& deadlines)
    : deadlines_(deadlines), poller_(net::Poller::of(executor)), buffer_(read_buffer_size) {
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

void Relay::pass(Side& to, std::string_view data) {
    if (data.size() <= most_of_short) {
        due_.push_back({&to, data});
        used_ += data.size();
    } else {
        write_due_to(to);
        to.pair->deliver(to, data);
    }
}

void Relay::write_due() {
    // By index: a tunnel that fails takes back what else is due to its sides.
    for (std::size_t i = 0; i < due_.size(); ++i) {
        const Due due = std::exchange(due_[i], {});
        if (due.to == nullptr) continue;
        Pair& pair = *due.to->pair;
        try {
            pair.deliver(*due.to, due.data);
        } catch (...) {
            break_off(pair);
        }
        remove_if_over(pair);
    }
    due_.clear();
    used_ = 0;
}

void Relay::write_due_to(const Side& to) {
    for (Due& entry : due_)
        if (entry.to == &to) {
            const Due due = std::exchange(entry, {});
            due.to->pair->deliver(*due.to, due.data);
        }
}

void Relay::make_room() {
    if (due_.size() >= most_due || used_ > buffer_.size() / 2) write_due();
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
    pairs_.erase_and_dispose(pairs_.iterator_to(pair), std::default_delete<Pair>());
    give_memory_back();
}

// The allocator keeps what a crowd has left behind, and a page of it stays for a single tunnel that is still there. So
// memory goes back to the system when three of four have gone, again when three of four of the rest have, and at the end;
// not more often, because it costs milliseconds.
void Relay::give_memory_back() {
    if (most_ < crowd || pairs_.size() > give_back_at_) return;
    give_back_at_ = pairs_.size() / 4;
    if (pairs_.empty()) most_ = 0;
    give_free_memory_back();
}

}  // namespace proxy::tunnel
