// Turns of a worker's event loop.
#include "net/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>

namespace net {

namespace asio = boost::asio;

EventLoop::EventLoop() : poller_(asio::make_service<Poller>(context_, Poller::Outermost())) {}

void EventLoop::run() {
    const auto work = asio::make_work_guard(context_);
    context_.poll();  // no system call
    while (!context_.stopped()) {
        poller_.wait();
        // As a handler, so that what it posts and resumes on this thread takes Asio's short ways.
        asio::post(context_, [this] { poller_.handle(); });
        context_.poll();
    }
}

void EventLoop::stop() {
    context_.stop();
    poller_.wake();
}

}  // namespace net
