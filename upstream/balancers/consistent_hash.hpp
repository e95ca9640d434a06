// `hash KEY consistent`: a ring on which adding or removing an endpoint moves only its share of the keys.
#pragma once

#include "upstream/balancers/round_robin.hpp"

namespace upstream {

/// The points of ketama as nginx and Cache::Memcached::Fast set them, so that a mixed fleet agrees: 160 for each unit of
/// weight of a configured name. The addresses of one name share its points and take turns.
class ConsistentHash final : public Balancer {
 public:
    /// With a bound (say 1.25; 0: none), a key moves on along the ring while its endpoint holds more than that many times
    /// its fair share of the leases of the pool (Mirrokni, Thorup, Zadimoghaddam: Consistent hashing with bounded loads).
    ConsistentHash(const Endpoints& endpoints, double bound, std::shared_ptr<LivePool> live,
                   std::uint64_t first_turn);
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    // All addresses of one configured name.
    struct Group {
        std::string name;
        Endpoints endpoints;
        unsigned weight = 0;
        std::unique_ptr<RoundRobin> turns;
    };
    void set_points();
    std::size_t place_of(std::uint32_t hash) const;
    bool is_within_bound(const Endpoint& endpoint) const;

    std::vector<Group> groups_;
    std::vector<std::uint32_t> hashes_;  // of the points, ascending
    std::vector<std::uint32_t> owners_;  // of the points: indexes of groups_
    std::vector<std::uint32_t> starts_;  // by the upper bits of a hash: the first point with them or more
    unsigned shift_ = 31;                // what leaves those bits
    double bound_;
    double total_weight_ = 0;
    std::shared_ptr<LivePool> live_;
    RoundRobin turns_;
};

/// The `count` points of a configured name, in the order in which they are set. The name is HOST, HOST:PORT or unix:PATH
/// as it stands in the configuration.
std::vector<std::uint32_t> ketama_points(std::string_view name, std::size_t count);

}  // namespace upstream
