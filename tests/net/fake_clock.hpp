// A clock that stands still until a test moves it.
#pragma once

#include "net/deadline.hpp"

namespace net_tests {

/// The clock of one test. Construction sets it back; only one may be used at a time.
class FakeClock {
  public:
    FakeClock() { time_ = net::TimePoint(std::chrono::hours(1)); }
    static net::TimePoint now() { return time_; }
    void advance(net::Duration by) { time_ += by; }

  private:
    static inline net::TimePoint time_{};
};

}  // namespace net_tests
