// The calls as entries of a ring of io_uring. With MSG_DONTWAIT the kernel does each while it takes it, so that all results
// are there when the system call returns, and nothing is ever left under way.
#include "net/call_batch.hpp"

#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/error.hpp>

#include "net/system_calls.hpp"

namespace net {

namespace {

constexpr std::size_t most_at_once = 64;
constexpr std::size_t most_for_a_call = 1 << 30;  // a result is an int

}  // namespace

class CallBatch::Ring {
 public:
    /// Null, with the reason, where the kernel grants none.
    static std::unique_ptr<Ring> open(ErrorCode& refusal) {
        std::unique_ptr<Ring> ring(new Ring());
        refusal = ring->error();
        return refusal ? nullptr : std::move(ring);
    }

    ~Ring() {
        if (is_open_) ::io_uring_queue_exit(&ring_);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Gives how many of them the kernel has done, from the first on: all, as long as it has memory. Otherwise the rest still
    /// lies in the ring, which is of no use after that: see error().
    std::size_t run(std::span<const Call> calls, std::span<int> results) {
        for (std::size_t i = 0; i < calls.size(); ++i) prepare(calls[i], i);
        const int taken = ::io_uring_submit(&ring_);
        const std::size_t done = taken < 0 ? 0 : static_cast<std::size_t>(taken);
        for (std::size_t i = 0; i < done; ++i) take_result(results);
        if (done < calls.size()) error_ = taken < 0 ? -taken : ENOMEM;
        return done;
    }

    ErrorCode error() const { return {error_, boost::system::system_category()}; }

 private:
    Ring() : error_(-::io_uring_queue_init(most_at_once, &ring_, IORING_SETUP_SUBMIT_ALL)), is_open_(error_ == 0) {}

    void prepare(const Call& call, std::size_t number) {
        io_uring_sqe* const entry = ::io_uring_get_sqe(&ring_);  // there are as many as calls at once
        const std::size_t size = std::min(call.size, most_for_a_call);
        if (call.kind == Kind::read)
            ::io_uring_prep_recv(entry, call.socket, const_cast<void*>(call.data), size, call.flags);
        else
            ::io_uring_prep_send(entry, call.socket, call.data, size, call.flags);
        entry->user_data = number;
    }

    void take_result(std::span<int> results) {
        io_uring_cqe* entry = nullptr;
        int result = -EINTR;
        while (result == -EINTR) result = ::io_uring_wait_cqe(&ring_, &entry);
        if (result < 0) {
            error_ = -result;
            return;
        }
        results[entry->user_data] = entry->res;
        ::io_uring_cqe_seen(&ring_, entry);
    }

    io_uring ring_{};
    int error_;
    bool is_open_;
};

CallBatch::CallBatch(Way way) : refusal_(boost::asio::error::operation_not_supported) {
    // A batch that is larger than any before it should not need memory.
    calls_.reserve(3 * most_at_once);
    results_.reserve(3 * most_at_once);
    if (way == Way::best) ring_ = Ring::open(refusal_);
}

CallBatch::~CallBatch() = default;

void CallBatch::add_read(int socket, std::span<char> room) {
    calls_.push_back({socket, Kind::read, MSG_DONTWAIT, room.data(), room.size()});
}

void CallBatch::add_write(int socket, std::string_view data, bool is_last) {
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (is_last ? MSG_MORE : 0);
    calls_.push_back({socket, Kind::write, flags, data.data(), data.size()});
}

int CallBatch::do_alone(const Call& call) {
    const std::size_t size = std::min(call.size, most_for_a_call);
    const ssize_t result = call.kind == Kind::read
                               ? kernel::recv(call.socket, const_cast<void*>(call.data), size, call.flags)
                               : kernel::send(call.socket, call.data, size, call.flags);
    return result < 0 ? -errno : static_cast<int>(result);
}

std::size_t CallBatch::do_together(std::span<const Call> calls, std::span<int> results) {
    const std::size_t done = ring_->run(calls.first(std::min(most_at_once, calls.size())), results);
    done_together_ += done;
    if (const ErrorCode error = ring_->error()) {
        refusal_ = error;
        ring_.reset();
    }
    return done;
}

std::span<const int> CallBatch::run() {
    // A result that the kernel does not tell cannot be made good by another call.
    results_.assign(calls_.size(), -EIO);
    const std::span<const Call> calls(calls_);
    const std::span<int> results(results_);
    std::size_t done = 0;
    while (ring_ && calls.size() - done > 1)  // for a single one it would be a detour
        done += do_together(calls.subspan(done), results.subspan(done));
    for (; done < calls.size(); ++done) results[done] = do_alone(calls[done]);
    calls_.clear();
    return results_;
}

}  // namespace net
