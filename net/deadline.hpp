// Coarse deadlines: one ordered set and one timer per worker instead of a timer object per connection.
//
// Arming again is the common case (every read moves a deadline further away), so it only stores the new
// time; the set is touched when the old time comes and the deadline turns out to lie later.
#pragma once

#include <functional>

#include <boost/intrusive/set.hpp>

#include "net/clock.hpp"

namespace net {

class DeadlineQueue;

/// A point in time at which `on_expiry(owner)` is called once, unless it is armed again or disarmed before.
class Deadline
    : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
    using Callback = void (*)(void* owner);

    Deadline(DeadlineQueue& queue, Callback on_expiry, void* owner)
        : queue_(queue), on_expiry_(on_expiry), owner_(owner) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    /// Moves the deadline to `after` from now. It may fire late by DeadlineQueue::resolution, and early only by as much as
    /// the kernel's tick is behind.
    void arm(Duration after);
    /// Moves it to that time by Clock.
    void arm_at(TimePoint due);
    void disarm() { due_ = TimePoint::max(); }
    bool armed() const { return due_ != TimePoint::max(); }

    /// The time by the clock of its queue.
    TimePoint now() const;

    friend bool operator<(const Deadline& left, const Deadline& right) { return left.queued_ < right.queued_; }

 private:
    friend class DeadlineQueue;

    DeadlineQueue& queue_;
    Callback on_expiry_;
    void* owner_;
    TimePoint due_ = TimePoint::max();     // when it is to fire
    TimePoint queued_ = TimePoint::max();  // its place in the set: at or before due_
};

/// The deadlines of one event loop. Has no timer of its own; see DeadlineTimer. Not thread-safe.
class DeadlineQueue {
 public:
    static constexpr Duration resolution{20};

    using Now = TimePoint (*)();
    DeadlineQueue() : now_(&net::now), armed_from_(&last_tick) {}
    explicit DeadlineQueue(Now clock) : now_(clock), armed_from_(clock) {}

    /// Called with the new earliest time whenever that moves to the front.
    void on_earlier(std::function<void(TimePoint)> callback) { on_earlier_ = std::move(callback); }

    /// Fires everything due at `now`. A callback may arm, disarm or destroy any deadline.
    void expire(TimePoint now);

    /// The earliest time at which expire() may have work; TimePoint::max() when there is none.
    TimePoint earliest() const { return set_.empty() ? TimePoint::max() : set_.begin()->queued_; }

    TimePoint now() const { return now_(); }

 private:
    friend class Deadline;
    static TimePoint last_tick();
    void place(Deadline& deadline);

    Now now_;
    Now armed_from_;
    std::function<void(TimePoint)> on_earlier_;
    boost::intrusive::multiset<Deadline, boost::intrusive::constant_time_size<false>> set_;
};

inline TimePoint Deadline::now() const { return queue_.now(); }

}  // namespace net
