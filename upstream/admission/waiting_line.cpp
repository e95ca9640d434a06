// Calling those who wait, and being called.
#include "upstream/admission/waiting_line.hpp"

#include <algorithm>
#include <utility>

#include "net/event_loop.hpp"

namespace upstream {

using Outcome = WaitingLine::Place::Outcome;

std::unique_ptr<WaitingLine::Place> WaitingLine::join(std::size_t most, const net::Executor& worker,
                                                      net::Duration timeout) {
    auto waiter = std::make_shared<Waiter>(worker, net::now() + timeout);
    const std::lock_guard lock(mutex_);
    if (waiters_.size() >= most) return nullptr;
    // Nobody is ahead who would call it, and a lease may have been given back just before it joined.
    waiter->called = waiters_.empty();
    waiters_.push_back(std::move(waiter));
    ++length_;
    return std::unique_ptr<Place>(new Place(*this, std::prev(waiters_.end())));
}

void WaitingLine::call_first() {
    const std::lock_guard lock(mutex_);
    call_next();
}

// Whoever has been called may be about to find out that it came too early.
void WaitingLine::call_next() {
    if (!call_from(waiters_.begin())) missed_call_ = !waiters_.empty();
}

bool WaitingLine::call_from(Waiters::iterator entry) {
    while (entry != waiters_.end() && (*entry)->called) ++entry;
    if (entry == waiters_.end()) return false;
    (*entry)->called = true;
    wake(*entry);
    return true;
}

void WaitingLine::call_again() {
    const std::lock_guard lock(mutex_);
    for (const auto& waiter : waiters_)
        if (waiter->called) wake(waiter);
    call_next();
}

void WaitingLine::wake(const std::shared_ptr<Waiter>& waiter) {
    net::post(waiter->alarm.executor(), [waiter] { waiter->alarm.cancel(); });
}

WaitingLine::Place::~Place() {
    const std::lock_guard lock(line_.mutex_);
    line_.waiters_.erase(entry_);
    --line_.length_;
    line_.call_next();
}

net::Task<Outcome> WaitingLine::Place::turn() {
    const std::shared_ptr<Waiter> waiter = *entry_;
    for (;;) {
        if (waiter->gave_up) co_return Outcome::gave_up;
        {
            const std::lock_guard lock(line_.mutex_);
            if (waiter->called) co_return Outcome::called;
        }
        // A call posts the end of this wait to this worker, so it cannot come between the look above and the wait.
        auto [error] = co_await waiter->alarm.wait();
        if (!error) co_return Outcome::timed_out;
    }
}

// Otherwise all who were called would wait for the same moment, and all but one in vain.
bool WaitingLine::Place::stands_back() {
    const std::lock_guard lock(line_.mutex_);
    const auto is_called = [](const std::shared_ptr<Waiter>& waiter) { return waiter->called; };
    return std::any_of(line_.waiters_.begin(), entry_, is_called) && gives_up_call();
}

// Not where another call was missed: it is to try again.
bool WaitingLine::Place::gives_up_call() {
    (*entry_)->called = std::exchange(line_.missed_call_, false);
    return !(*entry_)->called;
}

net::Task<Outcome> WaitingLine::Place::pause(net::TimePoint until) {
    const std::shared_ptr<Waiter> waiter = *entry_;
    if (until >= waiter->deadline) co_return Outcome::timed_out;
    if (stands_back()) co_return Outcome::called;
    waiter->alarm.set(until);
    // May end early, by a call that was posted before: whoever asks again too early is told so again.
    co_await waiter->alarm.wait();
    waiter->alarm.set(waiter->deadline);
    co_return waiter->gave_up ? Outcome::gave_up : Outcome::called;
}

void WaitingLine::Place::pass() {
    const std::lock_guard lock(line_.mutex_);
    if (gives_up_call()) line_.call_from(std::next(entry_));
}

void WaitingLine::Place::stay() {
    const std::lock_guard lock(line_.mutex_);
    gives_up_call();
}

void WaitingLine::Place::give_up() {
    (*entry_)->gave_up = true;
    (*entry_)->alarm.cancel();
}

}  // namespace upstream
