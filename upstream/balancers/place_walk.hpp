// The walk of nginx's `hash` and `ip_hash`: from place to place until the holder of one may be taken.
#pragma once

#include "upstream/balancers/round_robin.hpp"
#include "upstream/balancers/weighted_places.hpp"

namespace upstream {

class PlaceWalk {
 public:
    PlaceWalk(const Endpoints& endpoints, std::uint64_t first_turn)
        : endpoints_(endpoints), places_(endpoints), turns_(endpoints, first_turn) {}

    /// `number_of(attempt)` leads to a place; where none of them does, endpoints take turns.
    template <class NumberOf>
    std::shared_ptr<Endpoint> next(const PickKey& key, net::TimePoint now, Tried tried, NumberOf number_of) {
        for (unsigned attempt = 0; endpoints_.size() > 1 && attempt < most_tries; ++attempt) {
            const auto& endpoint = endpoints_[places_.holder(number_of(attempt) % places_.total())];
            if (may_take(*endpoint, now, tried)) return endpoint;
        }
        return take_turns(key, now, tried);
    }

    std::shared_ptr<Endpoint> take_turns(const PickKey& key, net::TimePoint now, Tried tried) {
        return turns_.next(key, now, tried);
    }

 private:
    Endpoints endpoints_;
    WeightedPlaces places_;
    RoundRobin turns_;
};

}  // namespace upstream
