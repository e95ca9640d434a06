// Durations counted in buckets whose width grows with the value: 1/64 of it, from nanoseconds to minutes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace load {

class Histogram {
  public:
    Histogram() : counts_(64 * 64) {}

    /** `value` in nanoseconds; negative ones count as 0. */
    void add(std::int64_t value) {
        ++counts_[bucket(value < 0 ? 0 : static_cast<std::uint64_t>(value))];
        ++total_;
    }

    /** The middle of the bucket below which `share` (0 to 1) of the values lie, in nanoseconds. */
    [[nodiscard]] double quantile(double share) const {
        const double wanted = share * static_cast<double>(total_);
        double seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += static_cast<double>(counts_[i]);
            if (counts_[i] != 0 && seen >= wanted) return middle(i);
        }
        return 0;
    }

    [[nodiscard]] std::uint64_t total() const { return total_; }

  private:
    // Values below 64 have a bucket each; each further power of two has 64.
    static std::size_t bucket(std::uint64_t value) {
        const int shift = value < 64 ? 0 : static_cast<int>(std::bit_width(value)) - 7;
        return static_cast<std::size_t>(shift) * 64 + (value >> shift);
    }

    static double middle(std::size_t bucket) {
        if (bucket < 128) return static_cast<double>(bucket);
        const auto shift = bucket / 64 - 1;
        const auto low = static_cast<std::uint64_t>(bucket - shift * 64) << shift;
        return static_cast<double>(low) + static_cast<double>(1ULL << shift) / 2;
    }

    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
};

}  // namespace load
