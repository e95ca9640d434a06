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

    /// Asked when a request is about to be given to the endpoint. False while it is taken out. After fail_timeout one
    /// request is let through to try it again, and another one each fail_timeout after that, until one succeeds; a
    /// single failure in that time takes it out anew.
    bool allows(net::TimePoint now);

 private:
    using Ticks = net::Clock::rep;
    static Ticks ticks(net::TimePoint time) { return time.time_since_epoch().count(); }

    const unsigned max_fails_;
    const net::Duration fail_timeout_;
    std::atomic<unsigned> fails_{0};
    std::atomic<Ticks> window_start_{0};
    std::atomic<Ticks> out_until_{0};   // 0: it is not taken out
    std::atomic<bool> on_trial_{false};  // taken out, but a request was let through to try it
};

}  // namespace upstream
