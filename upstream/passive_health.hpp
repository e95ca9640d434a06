// Health learned from traffic: max_fails failures within fail_timeout take an endpoint out for fail_timeout.
#pragma once

#include <atomic>
#include <cstdint>

#include "net/deadline.hpp"

namespace upstream {

/// nginx's max_fails and fail_timeout. Shared by all workers; the counts may be off by one under a race, which
/// delays or hastens a verdict by one request and nothing else.
class PassiveHealth {
 public:
    PassiveHealth(unsigned max_fails, net::Duration fail_timeout)
        : max_fails_(max_fails), fail_timeout_(fail_timeout) {}

    void failed(net::TimePoint now);
    void succeeded();

    /// False while the endpoint is taken out. After fail_timeout it is tried again.
    bool allows(net::TimePoint now) const;

 private:
    using Ticks = net::Clock::rep;
    static Ticks ticks(net::TimePoint time) { return time.time_since_epoch().count(); }

    const unsigned max_fails_;
    const net::Duration fail_timeout_;
    std::atomic<unsigned> fails_{0};
    std::atomic<Ticks> window_start_{0};
    std::atomic<Ticks> out_until_{0};
};

}  // namespace upstream
