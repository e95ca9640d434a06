// Health learned from traffic: max_fails failures within fail_timeout take an endpoint out for fail_timeout.
#pragma once

#include <atomic>
#include <cstdint>

#include "net/deadline.hpp"

namespace upstream {

/// nginx's max_fails and fail_timeout.
struct FailureLimits {
    unsigned max_fails = 1;  ///< 0: failures never take it out
    net::Duration fail_timeout{10'000};
};

/// Shared by all workers and by all configurations that name the endpoint, each with limits of its own. The counts may
/// be off by one under a race, which delays or hastens a verdict by one request and nothing else.
class PassiveHealth {
 public:
    enum class Outage { goes_on, ended };
    enum class Consequence { none, taken_out };

    /// Counts a failure. Tells whether it has begun an outage, or made one longer.
    Consequence failed(net::TimePoint now, const FailureLimits& limits);

    /// Forgets the failures and ends the outage.
    void forgive();

    /// Whether there is an outage, be it over the time after which a request may try it.
    bool is_out() const { return out_until_.load(std::memory_order_relaxed) != 0; }

    /// A request has succeeded. Tells whether that has ended an outage.
    Outage succeeded();

    /// False while it is taken out. After fail_timeout it may be tried again.
    bool allows(net::TimePoint now, const FailureLimits& limits) const;

    /// Asked when a request is about to be given to the endpoint. After fail_timeout one request is let through to try
    /// it again, and another one each fail_timeout after that, until one succeeds; a single failure in that time takes
    /// it out anew.
    bool claim(net::TimePoint now, const FailureLimits& limits);

 private:
    using Ticks = net::Clock::rep;
    static Ticks ticks(net::TimePoint time) { return time.time_since_epoch().count(); }

    std::atomic<unsigned> fails_{0};
    std::atomic<Ticks> window_start_{0};
    std::atomic<Ticks> out_until_{0};   // 0: it is not taken out
    std::atomic<bool> on_trial_{false};  // taken out, but a request was let through to try it
};

}  // namespace upstream
