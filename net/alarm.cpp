// The alarms of an event loop: exact deadlines, with a timer of their own.
#include "net/alarm.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "net/deadline_timer.hpp"

namespace net {

namespace asio = boost::asio;

namespace {

// A service of the event loop, made for its first alarm.
class Alarms : public asio::execution_context::service {
 public:
    static asio::execution_context::id id;

    explicit Alarms(asio::io_context& context)
        : asio::execution_context::service(context), timer_(context.get_executor(), queue_, Duration::zero()) {}

    DeadlineQueue& queue() { return queue_; }

 private:
    void shutdown() override { timer_.stop(); }

    DeadlineQueue queue_{&Clock::now};
    DeadlineTimer timer_;
};

asio::execution_context::id Alarms::id;

}  // namespace

Alarm::Alarm(const Executor& executor, TimePoint due)
    : executor_(executor),
      deadline_(asio::use_service<Alarms>(executor.context()).queue(), &Alarm::expired, this),
      due_(due) {}

// Not a coroutine: it would cost a frame.
Task<std::tuple<ErrorCode>> Alarm::wait() {
    const auto initiate = [this](auto handler) {
        asio::any_completion_handler<void(ErrorCode)> waiter = std::move(handler);
        waiter_.swap(waiter);
        deadline_.arm_at(due_);
        Poller::of(executor_).add(*this);
    };
    return asio::async_initiate<decltype(no_throw), void(ErrorCode)>(initiate, no_throw);
}

void Alarm::expired(void* self) {
    auto& alarm = *static_cast<Alarm*>(self);
    alarm.unlink();
    std::exchange(alarm.waiter_, nullptr)(ErrorCode());
}

void Alarm::cancel() {
    if (!waiter_) return;
    unlink();
    deadline_.disarm();
    asio::post(executor_, [waiter = std::exchange(waiter_, nullptr)]() mutable {
        waiter(ErrorCode(asio::error::operation_aborted));
    });
}

// Destroying it destroys the coroutine that waits, and with that all this.
void Alarm::abandon() { const auto waiter = std::move(waiter_); }

}  // namespace net
