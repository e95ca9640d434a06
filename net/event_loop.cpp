// Turns of a worker's event loop.
#include "net/event_loop.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/executor_work_guard.hpp>

namespace net {

namespace asio = boost::asio;

EventLoop::EventLoop() : poller_(asio::make_service<Poller>(context_, Poller::Outermost())) {}

void EventLoop::run() {
    const auto work = asio::make_work_guard(context_);
    context_.poll();  // no system call
    while (!context_.stopped()) {
        poller_.wait();
        if (poller_.moves_only()) {
            poller_.handle();
            context_.poll();  // finds nothing, most often
        } else {
            handle_as_handler();
        }
    }
}

// So that what it posts and resumes on this thread takes Asio's short ways.
void EventLoop::handle_as_handler() {
    const std::pmr::polymorphic_allocator<> allocator(&memory_of_turn_);
    asio::post(context_, asio::bind_allocator(allocator, [this] { poller_.handle(); }));
    context_.poll();
    memory_of_turn_.release();
}

void EventLoop::stop() {
    context_.stop();
    poller_.wake();
}

}  // namespace net
