// Health learned from probes: rise and fall counts for each health check of a pool, and what they come to.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/deadline.hpp"

namespace upstream {

/// How many results in a row change a verdict: `fails` and `passes` of a health check.
struct VerdictLimits {
    unsigned fails = 1;
    unsigned passes = 1;
};

/// Shared by all configurations that name the endpoint, so that a reload keeps the verdicts. Checks are known by their
/// place in the configuration. clear(), failing() and awaited() may be asked from any thread; everything else belongs
/// to the one thread that probes, but for await(), which may come before an endpoint is shared.
class ActiveHealth {
 public:
    static constexpr std::size_t most_checks = 16;

    enum class Result { passed, failed };
    enum class Verdict { none, healthy, unhealthy };
    enum class Change { none, fell, rose };

    /// Whether no check stands in the way: neither failing() nor awaited().
    bool clear() const { return obstacles_.load(std::memory_order_relaxed) == 0; }

    /// Whether a check finds the endpoint unhealthy.
    bool failing() const { return (obstacles_.load(std::memory_order_relaxed) & failing_bits) != 0; }

    /// Whether a mandatory check has not come to its first verdict.
    bool awaited() const { return (obstacles_.load(std::memory_order_relaxed) & ~failing_bits) != 0; }

    /// What a result comes to for the endpoint as a whole, which is as unhealthy as the worst of its checks. Until the
    /// first verdict an endpoint counts as healthy; a check that was awaited judges by its first result.
    Change count(std::size_t check, Result result, const VerdictLimits& limits);

    Verdict verdict(std::size_t check) const { return check < checks_.size() ? checks_[check].verdict : Verdict::none; }

    /// Nothing is to be given to the endpoint before these checks (a bit for each), and no others, have judged it;
    /// those that have a verdict keep it.
    void await(std::uint32_t checks);

    /// The configuration has only that many checks now.
    void keep_first(std::size_t checks);

    /// When a check last turned to the endpoint, and whether it is at it.
    struct Turn {
        net::TimePoint begun{};
        bool running = false;
    };
    Turn& turn(std::size_t check) { return at(check).turn; }

 private:
    struct Check {
        Verdict verdict = Verdict::none;
        unsigned in_a_row = 0;  // results against the verdict
        Turn turn;
    };

    static constexpr std::uint32_t failing_bits = (std::uint32_t{1} << most_checks) - 1;
    static constexpr std::uint32_t failing_bit(std::size_t check) { return std::uint32_t{1} << check; }
    static constexpr std::uint32_t awaited_bit(std::size_t check) { return failing_bit(check) << most_checks; }
    Check& at(std::size_t check);

    std::atomic<std::uint32_t> obstacles_{0};  // low half: checks that fail; high half: those that are awaited
    std::vector<Check> checks_;
};

}  // namespace upstream
