// The tunnels of a worker.
#include "proxy/tunnel/relay.hpp"

#include <malloc.h>

#include "proxy/tunnel/pair.hpp"

namespace proxy::tunnel {

namespace {

constexpr std::size_t read_buffer_size = 256 * 1024;
constexpr std::size_t crowd = 1000;  // tunnels whose memory is worth giving back

}  // namespace

Relay::Relay(const net::Executor& executor, net::DeadlineQueue& deadlines)
    : deadlines_(deadlines), poller_(net::Poller::of(executor)), buffer_(read_buffer_size) {}

Relay::~Relay() { close_all("shutdown"); }

void Relay::adopt(Tunnel tunnel) {
    auto* const pair = new Pair(*this, std::move(tunnel));  // owned by pairs_ until it is over
    pairs_.push_back(*pair);
    if (pairs_.size() > most_) {
        most_ = pairs_.size();
        give_back_at_ = most_ / 4;
    }
    pair->start();
    remove_if_over(*pair);
}

void Relay::close_all(std::string_view reason) {
    while (!pairs_.empty()) {
        Pair& pair = pairs_.front();
        pair.end("proxy", reason);
        remove_if_over(pair);
    }
}

void Relay::close_tunnels_of(const std::shared_ptr<const upstream::Endpoint>& endpoint, net::Duration over,
                             std::string reason) {
    keep_tunnels_of(*endpoint);
    auto eviction = std::make_unique<Eviction>(*this, deadlines_, endpoint, over, std::move(reason));
    eviction->start();
    if (!eviction->is_over()) evictions_.push_back(std::move(eviction));
}

void Relay::keep_tunnels_of(const upstream::Endpoint& endpoint) {
    std::erase_if(evictions_, [&](const std::unique_ptr<Eviction>& eviction) {
        return eviction->is_over() || eviction->endpoint().is_same_as(endpoint);
    });
}

std::size_t Relay::tunnels_of(const upstream::Endpoint& endpoint) const {
    return static_cast<std::size_t>(
        std::count_if(pairs_.begin(), pairs_.end(), [&](const Pair& pair) { return pair.leads_to(endpoint); }));
}

void Relay::end_some_of(const upstream::Endpoint& endpoint, std::size_t count, std::string_view reason) {
    for (auto at = pairs_.begin(); count > 0 && at != pairs_.end();) {
        Pair& pair = *at++;
        if (!pair.leads_to(endpoint)) continue;
        pair.end("proxy", reason);
        remove_if_over(pair);
        --count;
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
    ::malloc_trim(0);
}

}  // namespace proxy::tunnel
