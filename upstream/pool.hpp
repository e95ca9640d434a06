// An upstream pool: the endpoints of one `upstream` block and the balancer over them.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/model.hpp"
#include "net/task.hpp"
#include "upstream/balancer.hpp"
#include "upstream/latency.hpp"
#include "upstream/affinity/mark.hpp"

namespace upstream {

/// A set of endpoints that never changes, with the balancers made for it.
struct PoolSnapshot {
    Endpoints endpoints;
    std::unique_ptr<Balancer> primary;
    std::unique_ptr<Balancer> backup;  ///< asked when the first has nothing; null without endpoints marked so
    std::unordered_map<const Endpoint*, Mark> marks;  ///< of those that a request can be bound to
};

/// Every worker picks from its own reference to the current snapshot, which only that worker touches; a new
/// snapshot is posted to each of them. So picking takes no lock, and counters live on in the LivePool.
class Pool {
 public:
    /// `workers` are the event loops that will pick; their indexes are those of pick(). `live` is that of the pool that
    /// this one takes the place of, if there is one.
    Pool(config::Upstream settings, std::vector<net::Executor> workers, std::shared_ptr<LivePool> live);

    const config::Upstream& settings() const { return settings_; }
    const std::shared_ptr<LivePool>& live() const { return live_; }

    /// The endpoints that were set last. From any thread.
    std::shared_ptr<const PoolSnapshot> latest() const;

    /// The endpoints as that worker knows them; on its thread only.
    const PoolSnapshot& snapshot(std::size_t worker) const { return *current_[worker]; }

    /// The next endpoint for a request that has tried some already; nothing when no other is eligible.
    std::optional<Lease> pick(std::size_t worker, const PickKey& key, net::TimePoint now, Tried tried) const;

    /// With `sticky`: the mark that binds a request to this endpoint.
    Mark mark_of(std::size_t worker, const Endpoint& endpoint) const;

    /// With `sticky`: what marks are made with.
    const MarkKey& mark_key() const { return mark_key_; }

    /// Whether there is an endpoint that was not tried and has this obstacle: `none` for one that may be picked now, `full`
    /// for one that a lease given back would make room on.
    bool has(Endpoint::Obstacle obstacle, std::size_t worker, net::TimePoint now, Tried tried) const;

    /// Tells how long an endpoint took to the head of a response, or the 101, and to its end.
    void answered(Endpoint& endpoint, net::Clock::duration to_head, net::Clock::duration to_end,
                  net::TimePoint now) const;

    /// Replaces the endpoints. Before the workers run, or from any thread while they do. Turns go on anywhere: began they
    /// with the first each time, that one would have more than its share where endpoints change often.
    void publish(const std::shared_ptr<Pool>& self, Endpoints endpoints);

    /// Sets the first endpoints, before any worker picks: the pool is at work from now on.
    void start_with(Endpoints endpoints);

 private:
    std::shared_ptr<const PoolSnapshot> make_snapshot(Endpoints endpoints, std::uint64_t first_turn) const;
    std::unique_ptr<Balancer> make_tier(const PoolSnapshot& snapshot, const Endpoints& tier, std::uint64_t first_turn) const;
    Mark make_mark(const Endpoint& endpoint) const;
    void settle(const std::shared_ptr<const PoolSnapshot>& snapshot);

    config::Upstream settings_;
    std::shared_ptr<LivePool> live_;
    MarkKey mark_key_;
    std::optional<config::ResponseTime> measured_;  // what the method compares
    std::vector<net::Executor> workers_;
    mutable std::mutex mutex_;
    std::shared_ptr<const PoolSnapshot> latest_;
    std::vector<std::shared_ptr<const PoolSnapshot>> current_;  // one for each worker, touched by it alone
};

}  // namespace upstream
