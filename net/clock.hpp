// The clock of deadlines and of measured times.
#pragma once

#include <chrono>

namespace net {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = std::chrono::milliseconds;

/// The time when the event at hand was first asked for it: a kept-alive GET asks seven times,
/// some 35 ns each. Where no event of a Poller is being handled, the time now.
TimePoint now();

/// An event loop says here where its events begin, and where there is none.
void begin_event();
void end_events();

}  // namespace net
