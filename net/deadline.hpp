// Coarse deadlines: one queue and one timer per worker instead of a timer object per connection.
//
// Arming again is the common case (every read moves a deadline further away), so it only stores the new
// time; the queue is touched when the old time comes and the deadline turns out to lie later.
#pragma once

#include <functional>
#include <vector>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include "net/clock.hpp"

namespace net {

class DeadlineQueue;

/// A point in time at which `on_expiry(owner)` is called once, unless it is armed again or disarmed before.
class Deadline {
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
    using AutoUnlink = boost::intrusive::link_mode<boost::intrusive::auto_unlink>;

    bool is_queued() const { return in_line_.is_linked() || in_order_.is_linked(); }
    void leave_queue();

    boost::intrusive::list_member_hook<AutoUnlink> in_line_;
    boost::intrusive::set_member_hook<AutoUnlink> in_order_;
    DeadlineQueue& queue_;
    Callback on_expiry_;
    void* owner_;
    TimePoint due_ = TimePoint::max();     // when it is to fire
    TimePoint queued_ = TimePoint::max();  // its place in the queue: at or before due_
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
    TimePoint earliest();

    TimePoint now() const { return now_(); }

 private:
    friend class Deadline;
    using Line = boost::intrusive::list<
        Deadline, boost::intrusive::constant_time_size<false>,
        boost::intrusive::member_hook<Deadline, decltype(Deadline::in_line_), &Deadline::in_line_>>;
    using Ordered = boost::intrusive::multiset<
        Deadline, boost::intrusive::constant_time_size<false>,
        boost::intrusive::member_hook<Deadline, decltype(Deadline::in_order_), &Deadline::in_order_>>;

    // Those that have been armed for the same time, which come due one after the other: no search among the thousands that
    // wait for a tunnel to be idle.
    struct Alike {
        Duration after;
        Line line;
    };

    static TimePoint last_tick();
    void arm(Deadline& deadline, Duration after);
    void place(Deadline& deadline, Line* line);
    Line* line_for(Duration after);
    Deadline* first();

    Now now_;
    Now armed_from_;
    std::function<void(TimePoint)> on_earlier_;
    std::vector<Alike> alike_;
    Ordered ordered_;  // those that have been moved, or armed for a time of their own
};

inline TimePoint Deadline::now() const { return queue_.now(); }

}  // namespace net
