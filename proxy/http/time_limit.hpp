// A limit for several calls on a stream together.
#pragma once

#include "net/stream.hpp"

namespace proxy::http {

/// Cancels the pending calls of a stream when the time is up; zero or less means no limit.
class TimeLimit {
 public:
    TimeLimit(net::DeadlineQueue& deadlines, net::Stream& stream, net::Duration limit)
        : stream_(stream), deadline_(deadlines, &TimeLimit::expire, this) {
        if (limit > net::Duration::zero()) deadline_.arm(limit);
    }

    bool is_up() const { return up_; }

 private:
    static void expire(void* self) {
        auto& limit = *static_cast<TimeLimit*>(self);
        limit.up_ = true;
        limit.stream_.cancel();
    }

    net::Stream& stream_;
    net::Deadline deadline_;
    bool up_ = false;
};

}  // namespace proxy::http
