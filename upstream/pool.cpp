// Picking from a pool, and replacing its endpoints while workers pick.
#include "upstream/pool.hpp"

#include <boost/asio/post.hpp>

#include "upstream/balancers/round_robin.hpp"

namespace upstream {

std::shared_ptr<const PoolSnapshot> make_snapshot(Endpoints endpoints) {
    auto snapshot = std::make_shared<PoolSnapshot>();
    snapshot->balancer = std::make_unique<RoundRobin>(endpoints);
    snapshot->endpoints = std::move(endpoints);
    return snapshot;
}

Pool::Pool(config::Upstream settings, std::vector<net::Executor> workers, std::shared_ptr<LivePool> live)
    : settings_(std::move(settings)), live_(std::move(live)), workers_(std::move(workers)), current_(workers_.size()) {
    start_with({});
}

std::optional<Lease> Pool::pick(std::size_t worker, const PickKey& key, net::TimePoint now, Tried tried) const {
    // An endpoint that was free when it was picked may be taken by another worker; each turn of this loop that misses
    // means that one of them has got it.
    for (;;) {
        auto endpoint = current_[worker]->balancer->next(key, now, tried);
        if (!endpoint) return std::nullopt;
        if (auto lease = Lease::take(std::move(endpoint), now)) return lease;
    }
}

void Pool::start_with(Endpoints endpoints) {
    const auto snapshot = make_snapshot(std::move(endpoints));
    for (auto& current : current_) current = snapshot;
}

void Pool::publish(const std::shared_ptr<Pool>& self, Endpoints endpoints) {
    const auto snapshot = make_snapshot(std::move(endpoints));
    for (std::size_t worker = 0; worker < workers_.size(); ++worker)
        boost::asio::post(workers_[worker],
                          [self, snapshot, worker] { self->current_[worker] = snapshot; });
}

}  // namespace upstream
