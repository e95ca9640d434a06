// `random`: any endpoint by its weight, or the less loaded one of two.
#pragma once

#include "upstream/balancers/load_score.hpp"
#include "upstream/balancers/round_robin.hpp"
#include "upstream/balancers/weighted_places.hpp"
#include "upstream/random_number.hpp"

namespace upstream {

/// A source of numbers that are uniform over 64 bits. Called from every worker.
using RandomSource = std::uint64_t (*)();

/// `random`.
class RandomOne final : public Balancer {
 public:
    RandomOne(const Endpoints& endpoints, std::uint64_t first_turn, RandomSource source = &random_number)
        : endpoints_(endpoints), places_(endpoints), turns_(endpoints, first_turn), source_(source) {}
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    Endpoints endpoints_;
    WeightedPlaces places_;
    RoundRobin turns_;
    RandomSource source_;
};

/// `random two least_conn | least_time`: of two that differ, the one with the lower score. Nearly as even as comparing
/// all, at the price of two; and several proxies that do not know of each other do not all run to the same endpoint.
class RandomTwo final : public Balancer {
 public:
    RandomTwo(const Endpoints& endpoints, std::uint64_t first_turn, Measure measure,
              RandomSource source = &random_number)
        : endpoints_(endpoints), places_(endpoints), turns_(endpoints, first_turn), measure_(measure), source_(source) {}
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried) override;

 private:
    Endpoints endpoints_;
    WeightedPlaces places_;
    RoundRobin turns_;
    Measure measure_;
    RandomSource source_;
};

}  // namespace upstream
