// How many endpoints of a pool may be out for their health at once (`max_ejected`).
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>

#include "upstream/take_below.hpp"

namespace upstream {

/// A count with an upper bound that may change. Thread-safe.
class Ejections {
 public:
    /// False: as many are out as may be.
    bool take() { return take_below(out_, most_); }

    void give_back() { --out_; }

    void bound(std::size_t most) { most_ = most; }

    /// The bound has become smaller than what is out.
    bool too_many() const { return out_ > most_; }

 private:
    std::atomic<std::size_t> out_{0};
    std::atomic<std::size_t> most_{std::numeric_limits<std::size_t>::max()};
};

}  // namespace upstream
