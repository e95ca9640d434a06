// The client connections of one worker that still speak HTTP, and the count of all that it has admitted.
#pragma once

#include <functional>
#include <memory>

#include <boost/intrusive/list.hpp>

#include "net/stream.hpp"

namespace proxy::lifecycle {

class LiveConnections {
 public:
    /// One connection in the HTTP part of its life. While it is idle (between requests) a drain may end it.
    class Entry : public boost::intrusive::list_base_hook<> {
     public:
        Entry(LiveConnections& all, net::Stream& stream) : all_(all), stream_(stream) { all_.entries_.push_back(*this); }
        ~Entry() { all_.entries_.erase(all_.entries_.iterator_to(*this)); }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        void idle() { idle_ = true; }
        void busy() { idle_ = false; }

     private:
        friend class LiveConnections;
        LiveConnections& all_;
        net::Stream& stream_;
        bool idle_ = false;
    };

    /// A place among the connections of the worker, given back when the last copy is gone; null when all `limit`
    /// places are taken (0: no limit).
    std::shared_ptr<void> admit(std::size_t limit) {
        if (limit > 0 && admitted_ >= limit) return nullptr;
        ++admitted_;
        return {this, [](LiveConnections* all) { all->give_back(); }};
    }

    /// Ends the idle ones, now and from now on.
    void drain() {
        draining_ = true;
        for (Entry& entry : entries_)
            if (entry.idle_) entry.stream_.cancel();
    }

    /// Ends all that is pending.
    void cancel_all() {
        draining_ = true;
        for (Entry& entry : entries_) entry.stream_.cancel();
    }

    bool draining() const { return draining_; }
    std::size_t admitted() const { return admitted_; }

    /// Called whenever the last admitted connection has ended.
    void on_empty(std::function<void()> callback) { on_empty_ = std::move(callback); }

 private:
    void give_back() {
        --admitted_;
        if (admitted_ == 0 && on_empty_) on_empty_();
    }

    boost::intrusive::list<Entry> entries_;
    std::size_t admitted_ = 0;
    bool draining_ = false;
    std::function<void()> on_empty_;
};

}  // namespace proxy::lifecycle
