// The sockets of an event loop in one level-triggered epoll set. A worker waits in that set itself (net/event_loop.hpp); in
// any other event loop it is nested in Asio's reactor.
//
// A socket is registered once. Who waits for it changes over its life (coroutines while HTTP is spoken, then the relay)
// without a system call, and what it waits for changes only when it has to.
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
#include "net/failure.hpp"
#include "net/task.hpp"

namespace net {

class PolledSocket;

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
    void tell_end();

    Descriptor set_;
    std::optional<boost::asio::posix::basic_stream_descriptor<Executor>> nested_;  // the same set, in Asio's reactor
    Descriptor wakeup_;  // an eventfd that ends wait(); none where it is nested
    std::array<epoll_event, 128> events_;
    std::span<epoll_event> batch_;  // events of the running batch that have not been handled
    boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>> waiters_;
    boost::intrusive::list<BatchEnd, boost::intrusive::constant_time_size<false>> batch_ends_;
};

/// Owns a descriptor and its place in an epoll set.
class PolledSocket {
 public:
    using Callback = void (*)(void* owner, std::uint32_t events);

    PolledSocket() = default;
    explicit PolledSocket(Descriptor descriptor);
    PolledSocket(PolledSocket&&) = default;
    PolledSocket& operator=(PolledSocket&& other) noexcept;
    ~PolledSocket() { close(); }

    int descriptor() const { return place_ ? place_->descriptor.get() : -1; }
    explicit operator bool() const { return place_ != nullptr; }

    /// From now on `callback(owner, events)` is told of events, which may close the socket or give it to another owner.
    /// All owners use the same poller.
    void tell(Poller& poller, Callback callback, void* owner);

    /// Nobody is told any more; an event that comes meanwhile takes the socket out of the set.
    void tell_nobody();

    /// What is waited for: EPOLLIN, EPOLLOUT, both, or nothing, which leaves the set, because epoll tells of a hang-up
    /// even where no event is asked for. After tell(). Errors: those of epoll_ctl.
    ErrorCode want(std::uint32_t events);
    std::uint32_t wanted() const { return place_ ? place_->wanted : 0; }

    /// True while EPOLLIN is wanted and no event has come: knowing that costs no system call. False says nothing.
    bool has_heard_nothing() const;

    void close();

 private:
    friend class Poller;

    // Has an address that epoll can keep while its owner moves.
    struct Place {
        Descriptor descriptor;
        std::uint32_t wanted = 0;
        Poller* poller = nullptr;
        Callback callback = nullptr;
        void* owner = nullptr;

        ErrorCode want(std::uint32_t events);
    };
    std::unique_ptr<Place> place_;
};

}  // namespace net
