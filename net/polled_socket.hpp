// A descriptor in the epoll set of its event loop.
//
// It is registered once. Who waits for it changes over its life (coroutines while HTTP is spoken, then the relay) without a
// system call, and so does whether anything is to be read.
#pragma once

#include <cstdint>
#include <memory>

#include <boost/intrusive/list.hpp>

#include "net/descriptor.hpp"
#include "net/failure.hpp"
#include "net/outcome.hpp"

namespace net {

class Poller;

/// Owns a descriptor and its place in an epoll set.
class PolledSocket {
 public:
    using Callback = void (*)(void* owner, std::uint32_t events);

    /// How the kernel tells of it. Its owner is told alike.
    enum class Trigger : std::uint8_t {
        edge,   ///< when something comes: it has to be said what a read leaves behind (has_read)
        level,  ///< as long as there is something: twice the work for the kernel. For what is not read to its end
    };

    PolledSocket() = default;
    explicit PolledSocket(Descriptor descriptor, Trigger trigger = Trigger::edge);
    PolledSocket(PolledSocket&&) = default;
    PolledSocket& operator=(PolledSocket&& other) noexcept;
    ~PolledSocket() { close(); }

    int descriptor() const { return place_ ? place_->descriptor.get() : -1; }
    explicit operator bool() const { return place_ != nullptr; }

    /// What an owner most often does when it is told.
    enum class Reaction : std::uint8_t {
        resumes,  ///< resumes coroutines and posts, which takes short ways within a handler of Asio
        moves,    ///< moves bytes and nothing else; what it posts now and then is run all the same
    };

    /// From now on `callback(owner, events)` is told of events, which may close the socket or give it to another owner.
    /// All owners use the same poller.
    void tell(Poller& poller, Callback callback, void* owner, Reaction reaction = Reaction::resumes);

    /// Nobody is told any more.
    void tell_nobody();

    /// What is waited for: EPOLLIN, EPOLLOUT, both, or nothing. Of EPOLLIN the owner is told in each turn of the event loop
    /// while there is something to read, of EPOLLOUT once there is room, when it is wanted anew or a write has found none, and of
    /// EPOLLERR and EPOLLHUP with both. After tell(). Errors: those of epoll_ctl.
    ErrorCode want(std::uint32_t events);
    std::uint32_t wanted() const { return place_ ? place_->wanted : 0; }

    /// Has to follow every read. Who is told that there is something reads, or wants it again, or is not told any more.
    void has_read(Rest rest);

    /// Takes it for readable until a read finds otherwise.
    void expect_data();

    /// True when an event has said that there is something to read, an end and an error included, and no read since has
    /// found otherwise.
    bool is_readable() const { return place_ && place_->is_readable(); }

    /// True when it is known, without a system call, that nothing has come since the latest read. False says nothing.
    bool has_heard_nothing() const;

    void close();

 private:
    friend class Poller;

    // Has an address that epoll can keep while its owner moves.
    struct Place : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
        Descriptor descriptor;
        Trigger trigger = Trigger::edge;
        Reaction reaction = Reaction::resumes;
        bool registered = false;
        std::uint32_t wanted = 0;
        std::uint32_t heard = 0;  // of what can be read, since there was nothing to read
        Poller* poller = nullptr;
        Callback callback = nullptr;
        void* owner = nullptr;

        ErrorCode want(std::uint32_t events);
        ErrorCode control(int operation, std::uint32_t events);
        void hear(std::uint32_t events);
        void has_read(Rest rest);
        bool is_readable() const;
        void line_up();
    };
    // Those to be told again.
    using Row = boost::intrusive::list<Place, boost::intrusive::constant_time_size<false>>;

    std::unique_ptr<Place> place_;
};

}  // namespace net
