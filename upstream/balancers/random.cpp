// Drawing endpoints by chance.
#include "upstream/balancers/random.hpp"

namespace upstream {

std::shared_ptr<Endpoint> RandomOne::next(const PickKey& key, net::TimePoint now, Tried tried) {
    for (unsigned attempt = 0; attempt < most_tries && !endpoints_.empty(); ++attempt) {
        const auto& endpoint = endpoints_[places_.holder(source_() % places_.total())];
        if (may_take(*endpoint, now, tried)) return endpoint;
    }
    return turns_.next(key, now, tried);
}

std::shared_ptr<Endpoint> RandomTwo::next(const PickKey& key, net::TimePoint now, Tried tried) {
    const std::shared_ptr<Endpoint>* first = nullptr;
    for (unsigned attempt = 0; attempt < most_tries && !endpoints_.empty(); ++attempt) {
        const auto& endpoint = endpoints_[places_.holder(source_() % places_.total())];
        if ((first != nullptr && *first == endpoint) || !may_take(*endpoint, now, tried)) continue;
        if (first == nullptr) {
            first = &endpoint;
            continue;
        }
        return score(*endpoint, measure_, now) < score(**first, measure_, now) ? endpoint : *first;
    }
    return first != nullptr ? *first : turns_.next(key, now, tried);
}

}  // namespace upstream
