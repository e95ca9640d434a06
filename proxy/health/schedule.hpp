// When the next probe of an endpoint is due.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "net/deadline.hpp"

namespace proxy::health {

/// The first probe of number `index` of `count` endpoints that are new: spread over one interval, the first at once.
inline net::Duration first_probe(std::size_t index, std::size_t count, net::Duration interval) {
    using Number = net::Duration::rep;
    return interval * static_cast<Number>(index) / static_cast<Number>(std::max<std::size_t>(count, 1));
}

/// A random part of the jitter: from nothing to all of it. `random` is any number.
inline net::Duration put_off(net::Duration jitter, std::uint32_t random) {
    return net::Duration(static_cast<net::Duration::rep>(random % (static_cast<std::uint64_t>(jitter.count()) + 1)));
}

/// The probe behind one that began at `begun`: an interval later, but not in the past.
inline net::TimePoint next_probe(net::TimePoint begun, net::TimePoint now, net::Duration interval) {
    return std::max(begun + interval, now);
}

}  // namespace proxy::health
