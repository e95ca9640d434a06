// A session that must not be forgotten while a tunnel lives, however long nothing is asked of it.
#pragma once

#include <utility>

#include "upstream/live_pool.hpp"

namespace upstream {

/// A tunnel is one request that takes hours: its end counts as the last use of the session.
class SessionHold {
 public:
    SessionHold(std::shared_ptr<LivePool> pool, const Mark& session, const Mark& endpoint, const SessionLimits& limits)
        : pool_(std::move(pool)), session_(session), endpoint_(endpoint), limits_(limits) {}
    ~SessionHold() { pool_->sessions().recall(session_, endpoint_, net::Clock::now(), limits_); }
    SessionHold(const SessionHold&) = delete;
    SessionHold& operator=(const SessionHold&) = delete;

 private:
    std::shared_ptr<LivePool> pool_;
    Mark session_;
    Mark endpoint_;
    SessionLimits limits_;
};

}  // namespace upstream
