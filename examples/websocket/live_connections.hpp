// Who is connected: bounds the number, and knows everybody when the server stops.
#pragma once

#include "websocket/session.hpp"

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include <boost/asio/steady_timer.hpp>

namespace backend {

class LiveConnections {
  public:
    LiveConnections(boost::asio::any_io_executor executor, std::size_t most)
        : most_(most), room_(executor, boost::asio::steady_timer::time_point::max()) {}

    /// One connection's place, given back on destruction.
    class Place {
      public:
        explicit Place(std::shared_ptr<LiveConnections> owner) : owner_(std::move(owner)) {
            ++owner_->count_;
        }
        Place(Place&& other) noexcept = default;
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (owner_) owner_->leave();
        }

      private:
        std::shared_ptr<LiveConnections> owner_;
    };

    bool full() const { return count_ >= most_; }
    /// Its wait ends with an error whenever a place becomes free, and when the server stops.
    boost::asio::steady_timer& room() { return room_; }

    void add(const std::shared_ptr<Session>& session) { sessions_.insert(session); }
    void remove(const std::shared_ptr<Session>& session) {
        sessions_.erase(session);
        if (stopping_ && sessions_.empty()) when_empty_();
    }

    bool stopping() const { return stopping_; }
    /// Closes all sessions with 1001 and calls `when_empty` once none is left.
    void stop(std::function<void()> when_empty) {
        stopping_ = true;
        when_empty_ = std::move(when_empty);
        room_.cancel();
        for (const auto& session : sessions_) session->close(close_code::going_away, "server stops");
        if (sessions_.empty()) when_empty_();
    }

  private:
    void leave() {
        --count_;
        room_.cancel();
    }

    std::size_t most_;
    std::size_t count_ = 0;
    bool stopping_ = false;
    std::function<void()> when_empty_;
    std::set<std::shared_ptr<Session>> sessions_;
    boost::asio::steady_timer room_;
};

}  // namespace backend
