// The sockets of an event loop in one epoll set. A worker waits in that set itself (net/event_loop.hpp); in any other event
// loop it is nested in Asio's reactor.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

#include "net/clock.hpp"
#include "net/descriptor.hpp"
#include "net/polled_socket.hpp"
#include "net/task.hpp"

namespace net {

/// A service of the event loop, made when the first socket asks for it. Used on that event loop only.
class Poller : public boost::asio::execution_context::service {
 public:
    static boost::asio::execution_context::id id;

    /// The poller of that event loop. Throws std::system_error when no epoll set can be had.
    static Poller& of(const Executor& executor);

    /// For use_service(): Poller::of() is the way to one. It is nested.
    explicit Poller(boost::asio::io_context& context);

    /// For make_service(), before anything has asked for it: whoever makes it calls wait() and handle() in turn.
    enum class Outermost {};
    Poller(boost::asio::execution_context& context, Outermost);

    /// Waits until there are events, or wake().
    void wait();

    /// Handles those events.
    void handle();

    /// True when the owners of all of them do nothing but move bytes.
    bool moves_only() const;

    /// Makes wait() return. From any thread.
    void wake();

    /// The same where that event loop has one to be woken.
    static void wake(const Executor& executor);

    /// Something that an event loop which is destroyed has to let go: suspended coroutines own what they wait for.
    class Waiter : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
     public:
        virtual void abandon() = 0;

     protected:
        ~Waiter() = default;
    };
    void add(Waiter& waiter) { waiters_.push_back(waiter); }

    /// Something that acts when all events of a batch have been handled, or those before an event of another kind of
    /// owner, for as long as it lives.
    class BatchEnd : public boost::intrusive::list_base_hook<
                         boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
     public:
        virtual void batch_ended() = 0;

     protected:
        ~BatchEnd() = default;
    };
    void add(BatchEnd& listener) { batch_ends_.push_back(listener); }

 private:
    friend class PolledSocket;

    void shutdown() override;
    void wait_nested();
    void run_batches();
    std::size_t fetch(int timeout);
    void line_up(PolledSocket::Place& place);
    void end_others(const PolledSocket::Place* next);
    void tell(PolledSocket::Place& place, std::uint32_t events);
    void tell_end();

    Descriptor set_;
    std::optional<boost::asio::posix::basic_stream_descriptor<Executor>> nested_;  // the same set, in Asio's reactor
    Descriptor wakeup_;  // an eventfd that ends wait(); none where it is nested
    std::array<epoll_event, 128> events_;
    std::span<epoll_event> batch_;  // events of the running batch that have not been handled
    PolledSocket::Callback latest_ = nullptr;  // whose owner was told last in the running batch
    bool is_run_posted_ = false;  // where it is nested, for those that line up
    PolledSocket::Row unread_;  // of those whose owners have been told, and are told again in the next batch
    boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>> waiters_;
    boost::intrusive::list<BatchEnd, boost::intrusive::constant_time_size<false>> batch_ends_;
};

}  // namespace net
