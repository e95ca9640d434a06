// Requests that wait, in order, for an endpoint with room (nginx: queue), or to be let in to a pool.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>

#include "net/alarm.hpp"
#include "net/task.hpp"

namespace upstream {

/// One line for all workers. Nobody polls: who gives a lease back calls the first that waits, who then picks for itself
/// on its own worker, and calls the next when it leaves. A request that comes while others wait has to join the line.
class WaitingLine {
    struct Waiter;
    using Waiters = std::list<std::shared_ptr<Waiter>>;

 public:
    /// The place of one request. Its destruction leaves the line, whatever has become of the request.
    class Place {
     public:
        enum class Outcome { called, timed_out, gave_up };

        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Waits until it is called, which may have happened already, or gives up. The first in line is called at once.
        net::Task<Outcome> turn();

        /// After a call: waits until then, and is still called; at once timed_out where its time is over before. Who has
        /// somebody before it that was called does not wait here: its next turn() waits for another call.
        net::Task<Outcome> pause(net::TimePoint until);

        /// Tells that there was nothing to pick after the call, and calls the next, who may find something. The next
        /// turn() waits for another call.
        void pass();

        /// The same where those behind would find nothing either: nobody is called.
        void stay();

        /// Ends turn(). On the worker of the request.
        void give_up();

     private:
        friend class WaitingLine;
        bool stands_back();
        bool gives_up_call();

        Place(WaitingLine& line, Waiters::iterator entry) : line_(line), entry_(entry) {}

        WaitingLine& line_;
        Waiters::iterator entry_;
    };

    /// A place at the end, for `timeout` at most; null when `most` wait already.
    std::unique_ptr<Place> join(std::size_t most, const net::Executor& worker, net::Duration timeout);

    bool is_empty() const { return length_.load() == 0; }
    std::size_t length() const { return length_.load(std::memory_order_relaxed); }

    /// Something may be free now. From any thread; costs next to nothing while nobody waits.
    void call() {
        if (!is_empty()) call_first();
    }

    /// The same where those who have been called, and pause, are to look again as well. From any thread.
    void call_again();

 private:
    struct Waiter {
        Waiter(const net::Executor& worker, net::TimePoint end) : alarm(worker, end), deadline(end) {}
        net::Alarm alarm;  // touched on its worker only, as is `gave_up`
        net::TimePoint deadline;
        bool gave_up = false;
        bool called = false;   // under the mutex of the line
    };

    void call_first();
    void call_next();
    bool call_from(Waiters::iterator entry);
    static void wake(const std::shared_ptr<Waiter>& waiter);

    std::mutex mutex_;
    Waiters waiters_;
    std::atomic<std::size_t> length_{0};
    bool missed_call_ = false;  // came when everybody had been called, who may have looked before
};

}  // namespace upstream
