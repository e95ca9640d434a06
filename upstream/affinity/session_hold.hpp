// A session that is not forgotten while a tunnel lives, however long nothing is asked of it.
#pragma once

#include <utility>

#include "upstream/live_pool.hpp"

namespace upstream {

/// A tunnel is one request that takes hours: the session is in use until its end.
class SessionHold {
 public:
    SessionHold(std::shared_ptr<LivePool> pool, const Mark& session, const Mark& endpoint, const SessionLimits& limits)
        : pool_(std::move(pool)), session_(session), endpoint_(endpoint), limits_(limits) {
        pool_->sessions().hold(session_, endpoint_, net::Clock::now(), limits_);
    }
    ~SessionHold() { pool_->sessions().release(session_, endpoint_, net::Clock::now(), limits_); }
    SessionHold(const SessionHold&) = delete;
    SessionHold& operator=(const SessionHold&) = delete;

 private:
    std::shared_ptr<LivePool> pool_;
    Mark session_;
    Mark endpoint_;
    SessionLimits limits_;
};

}  // namespace upstream
