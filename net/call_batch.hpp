// recv(2) and send(2) on many sockets for one entry to the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "net/failure.hpp"

namespace net {

/// Calls are added, and then all done. None waits: the sockets may be blocking. Where the kernel has io_uring (Linux 5.18 on,
/// and neither `kernel.io_uring_disabled` nor a filter of system calls refuses it) they are done in one system call, else one
/// after the other; to the caller both are the same.
class CallBatch {
 public:
    enum class Way {
        best,        ///< io_uring where it is to be had
        one_by_one,  ///< as where it is not
    };

    explicit CallBatch(Way way = Way::best);
    ~CallBatch();
    CallBatch(const CallBatch&) = delete;
    CallBatch& operator=(const CallBatch&) = delete;

    /// Why there is no io_uring, or not any more; no error where there is.
    ErrorCode refusal() const { return refusal_; }

    /// How many calls have been done by io_uring. For tests: nothing else tells them from those done one by one.
    std::uint64_t done_together() const { return done_together_; }

    /// What is added has to live until run(). At most one call for each direction of a socket: of two, the second might
    /// succeed where the first has not.
    void add_read(int socket, std::span<char> room);

    /// `is_last`: shutdown(2) follows at once, so that TCP sends one segment for both.
    void add_write(int socket, std::string_view data, bool is_last = false);

    /// Does what has been added, and forgets it. Gives a result for each, in that order: bytes, or an error (errno) as a
    /// negative number. They stand until the next run().
    std::span<const int> run();

 private:
    enum class Kind { read, write };
    struct Call {
        int socket;
        Kind kind;
        int flags;
        const void* data;  // room, for a read
        std::size_t size;
    };
    class Ring;

    static int do_alone(const Call& call);
    std::size_t do_together(std::span<const Call> calls, std::span<int> results);

    std::unique_ptr<Ring> ring_;  // null: there is none
    ErrorCode refusal_;
    std::uint64_t done_together_ = 0;
    std::vector<Call> calls_;
    std::vector<int> results_;
};

}  // namespace net
