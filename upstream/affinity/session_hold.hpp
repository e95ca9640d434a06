// A session that is not forgotten while a tunnel lives, however long nothing is asked of it.
#pragma once

#include <utility>

#include "upstream/live_pool.hpp"

namespace upstream {

/// A tunnel is one request that takes hours: a session that is known is in use until its end.
class SessionHold {
 public:
    SessionHold(std::shared_ptr<LivePool> pool, const Mark& session)
        : pool_(std::move(pool)), session_(session), life_(pool_->sessions().hold(session_, net::now())) {}
    ~SessionHold() {
        if (life_) pool_->sessions().release(session_, *life_, net::now());
    }
    SessionHold(const SessionHold&) = delete;
    SessionHold& operator=(const SessionHold&) = delete;

 private:
    std::shared_ptr<LivePool> pool_;
    Mark session_;
    std::optional<Sessions::Life> life_;
};

}  // namespace upstream
