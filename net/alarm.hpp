// Coroutines that wait for a point in time.
#pragma once

#include <tuple>

#include <boost/asio/any_completion_handler.hpp>

#include "net/deadline.hpp"
#include "net/poller.hpp"

namespace net {

/// For a wait that others can end, and that has to be exact: deadlines of connections are coarse, and share wake-ups. Used
/// on its event loop only, and must not be destroyed while a coroutine waits, except with that event loop.
class Alarm : private Poller::Waiter {
 public:
    Alarm(const Executor& executor, TimePoint due);
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    /// Another time, for the waits to come.
    void set(TimePoint due) { due_ = due; }

    /// Waits until then. Errors: operation_aborted after cancel(). One wait at a time.
    /// `auto [error] = co_await alarm.wait();`
    Task<std::tuple<ErrorCode>> wait();

    /// Ends a wait with operation_aborted, in a later turn of the event loop.
    void cancel();

    const Executor& executor() const { return executor_; }

 private:
    static void expired(void* self);
    void abandon() override;

    Executor executor_;
    Deadline deadline_;
    TimePoint due_;
    boost::asio::any_completion_handler<void(ErrorCode)> waiter_;
};

}  // namespace net
