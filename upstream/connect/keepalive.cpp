// Keeping, finding and dropping idle connections.
#include "upstream/connect/keepalive.hpp"

#include <algorithm>
#include <utility>

namespace upstream {

namespace {

constexpr net::Duration look_interval{1000};

bool leads_into(const net::SocketAddress& address, const PoolSnapshot& pool) {
    return std::any_of(pool.endpoints.begin(), pool.endpoints.end(),
                       [&](const std::shared_ptr<Endpoint>& endpoint) { return endpoint->address() == address; });
}

}  // namespace

KeptConnections::KeptConnections(std::size_t worker, net::DeadlineQueue& deadlines)
    : worker_(worker), next_look_(deadlines, &KeptConnections::look, this) {}

KeptConnections::~KeptConnections() { clear(); }

bool KeptConnections::fit(const Idle& idle, const Pool& pool) const {
    return next_look_.now() - idle.since < pool.settings().keepalive.timeout && idle.connection.stream->is_quiet();
}

std::optional<UpstreamConnection> KeptConnections::take(const std::shared_ptr<const Pool>& pool,
                                                        const Destination& destination) {
    const auto found = shelves_.find(pool);
    if (found == shelves_.end()) return std::nullopt;
    Shelf& shelf = found->second;
    for (std::size_t i = shelf.size(); i-- > 0;) {
        if (shelf[i].destination != destination) continue;
        Idle idle = std::move(shelf[i]);
        shelf.erase(shelf.begin() + static_cast<std::ptrdiff_t>(i));
        if (fit(idle, *pool)) return std::move(idle.connection);
        idle.connection.stream->close();
    }
    return std::nullopt;
}

void KeptConnections::keep(const std::shared_ptr<const Pool>& pool, Destination destination,
                           UpstreamConnection connection) {
    const config::KeepAlive& settings = pool->settings().keepalive;
    const net::TimePoint now = next_look_.now();
    ++connection.requests;
    if (stopped_ || settings.connections == 0 || connection.requests >= settings.requests ||
        now - connection.opened > settings.time) {
        connection.stream->close();
        return;
    }
    Shelf& shelf = shelves_[pool];
    if (shelf.size() >= settings.connections) {
        shelf.front().connection.stream->close();
        shelf.erase(shelf.begin());
    }
    shelf.push_back({std::move(destination), std::move(connection), now});
    if (!next_look_.armed()) next_look_.arm(look_interval);
}

void KeptConnections::look(void* self) {
    auto& kept = *static_cast<KeptConnections*>(self);
    kept.drop_unfit();
    if (!kept.shelves_.empty()) kept.next_look_.arm(look_interval);
}

void KeptConnections::drop_unfit() {
    for (auto& [known, shelf] : shelves_) {
        const auto pool = known.lock();
        std::erase_if(shelf, [&](Idle& idle) {
            if (pool && fit(idle, *pool) && leads_into(idle.destination.address, pool->snapshot(worker_))) return false;
            idle.connection.stream->close();
            return true;
        });
    }
    std::erase_if(shelves_, [](const auto& entry) { return entry.second.empty(); });
}

void KeptConnections::clear() {
    for (auto& [pool, shelf] : shelves_)
        for (Idle& idle : shelf) idle.connection.stream->close();
    shelves_.clear();
}

void KeptConnections::stop() {
    stopped_ = true;
    clear();
}

std::size_t KeptConnections::size() const {
    std::size_t count = 0;
    for (const auto& [pool, shelf] : shelves_) count += shelf.size();
    return count;
}

}  // namespace upstream
