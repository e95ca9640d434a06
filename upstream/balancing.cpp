// One line for each method.
#include "upstream/balancing.hpp"

#include "upstream/balancers/consistent_hash.hpp"
#include "upstream/balancers/hash.hpp"
#include "upstream/balancers/ip_hash.hpp"
#include "upstream/balancers/least.hpp"
#include "upstream/balancers/random.hpp"
#include "upstream/balancers/round_robin.hpp"

namespace upstream {

namespace {

using Made = std::unique_ptr<Balancer>;

struct Maker {
    const Endpoints& endpoints;
    const std::shared_ptr<LivePool>& live;
    std::uint64_t turn;

    Made operator()(const config::RoundRobin&) const { return std::make_unique<RoundRobin>(endpoints, turn); }
    Made operator()(const config::LeastConn&) const {
        return std::make_unique<Least<Measure::leases>>(endpoints, turn);
    }
    Made operator()(const config::LeastTime&) const {
        return std::make_unique<Least<Measure::latency>>(endpoints, turn);
    }
    Made operator()(const config::IpHash&) const { return std::make_unique<IpHash>(endpoints, turn); }
    Made operator()(const config::Random& method) const {
        switch (method.choice) {
            case config::Random::Choice::one: break;
            case config::Random::Choice::two_least_conn:
                return std::make_unique<RandomTwo>(endpoints, turn, Measure::leases);
            case config::Random::Choice::two_least_time:
                return std::make_unique<RandomTwo>(endpoints, turn, Measure::latency);
        }
        return std::make_unique<RandomOne>(endpoints, turn);
    }
    Made operator()(const config::Hash& method) const {
        if (!method.consistent) return std::make_unique<Hash>(endpoints, turn);
        return std::make_unique<ConsistentHash>(endpoints, method.bounded_load / 100.0, live, turn);
    }
};

}  // namespace

std::unique_ptr<Balancer> make_balancer(const config::Balance& method, const Endpoints& endpoints,
                                        const std::shared_ptr<LivePool>& live, std::uint64_t first_turn) {
    return std::visit(Maker{endpoints, live, first_turn}, method);
}

}  // namespace upstream
