// A made-up server load in percent, for demonstrations without a monitoring system at hand.
#pragma once

#include <cstdint>
#include <random>

namespace trend {

/// The same seed and times give the same values: a daily and a weekly rhythm, noise that remembers itself,
/// and now and then an incident that jumps up and fades.
class LoadModel {
  public:
    explicit LoadModel(std::uint64_t seed) : random_(seed) {}

    /// The load at `time` (seconds since 1970), from 0 to 100. Times in rising order.
    float next(double time);

  private:
    double uniform();  ///< from 0 to before 1

    std::mt19937_64 random_;
    double noise_ = 0;
    double incident_ = 0;
};

}  // namespace trend
