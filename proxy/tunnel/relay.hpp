// Moves the bytes of all tunnels of one worker.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "net/call_batch.hpp"
#include "net/deadline.hpp"
#include "net/pipe.hpp"
#include "net/poller.hpp"
#include "proxy/allocator.hpp"
#include "proxy/tunnel/eviction.hpp"
#include "proxy/tunnel/pair.hpp"

namespace proxy::tunnel {

/// All tunnels share what is read into; their sockets stay in the worker's epoll set. Short messages are read at the end of
/// a batch of events, all at once, and then all written (net::CallBatch): with io_uring, each of the two is one system call,
/// and who waits for the first is still awake for the last. Of a few, each is written before the next is read. Longer ones,
/// and what TLS has to open, are read when their event comes, and written at once where they are long. Large frames do not
/// leave the kernel (splice.cpp). What the other socket refuses is kept, and until it is gone nothing more is read from that
/// side. A tunnel at rest is two descriptors and one Pair.
///
/// At the end of a tunnel its access-log record is written and its lease given back. Used on its event loop only.
class Relay final : private net::Poller::BatchEnd {
 public:
    Relay(const net::Executor& executor, net::DeadlineQueue& deadlines,
          net::CallBatch::Way way = net::CallBatch::Way::best);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// Takes over a tunnel. Its unread bytes go first.
    void adopt(Tunnel tunnel);

    /// Tunnels that are open.
    std::size_t size() const { return pairs_.size(); }

    /// How many of them wait for a reader that has refused bytes. The time is in a tunnel's record.
    std::size_t paused() const { return paused_; }

    /// What it reads and writes short messages with.
    const net::CallBatch& calls() const { return calls_; }

    /// How many bytes have been passed on without being copied. For tests: nothing else tells it from copying.
    std::uint64_t spliced() const { return spliced_; }

    /// Ends every tunnel, by the proxy, for that reason.
    void close_all(std::string_view reason);

    /// Ends the tunnels that an endpoint has now, evenly over a time; 0: at once. A new call for the same endpoint replaces
    /// one that is at work. Both connections of a tunnel are closed, wherever in a message they are.
    void close_tunnels_of(const std::shared_ptr<const upstream::Endpoint>& endpoint, net::Duration over, Loss loss);

    /// Lets those live that are left: the endpoint has come back into the pool.
    void keep_tunnels_of(const upstream::Endpoint& endpoint);

 private:
    friend class Eviction;
    friend class Pair;

    // Those that were open by then, whichever configuration they came from.
    std::vector<Pair*> tunnels_of(const upstream::Endpoint& endpoint, net::TimePoint by);
    void end(Pair& pair, std::string_view reason);
    void break_off(Pair& pair);
    void drop_if_over(const Eviction& eviction);
    void remove_if_over(Pair& pair);
    // There have been many tunnels, and not only few since.
    bool has_had_a_crowd() const;
    // Then, for as long as it is kept.
    std::optional<GivingBackAtOnce> give_back_at_once() const;
    void give_memory_back();

    struct Due {
        Side* to = nullptr;  // null: has been written
        std::string_view data;
        std::optional<int> result;  // of the call that has written it; see net::CallBatch::run()
        bool is_last = false;       // FIN goes with it
    };

    static constexpr std::size_t most_of_short = 4 * 1024;  // longer messages would leave the cache before they are written

    // Where to read to; never empty while an event is handled.
    std::span<char> room() { return std::span(buffer_).subspan(used_); }
    // Where one of those reads to that are read together.
    std::span<char> place(std::size_t number);
    void read_later(Side& side) { ready_.push_back(&side); }
    // Together, and writes what is due by then.
    void read_ready(std::span<Side*> sides);
    void leave_ready(const Side& side);
    // Passes on what has been read, now or at the end of the batch.
    void pass(Side& to, std::string_view data);
    void write_due();
    std::span<const int> make_calls();
    void write_due_to(Side& to);
    static void deliver(const Due& due);
    void make_room();
    void batch_ended() override;

    net::DeadlineQueue& deadlines_;
    net::Poller& poller_;
    std::vector<char> buffer_;
    net::Pipe pipe_;  // empty between two events
    std::uint64_t spliced_ = 0;
    std::size_t used_ = 0;  // of the buffer, by what is due
    std::vector<char> places_;
    net::CallBatch calls_;
    std::vector<Side*> ready_;  // to be read at the end of the batch; null: has been, or is over
    std::vector<Due> due_;      // has been read, and is to be written at the end of the batch; to each side once at most
    boost::intrusive::list<Pair> pairs_;
    std::vector<std::unique_ptr<Eviction>> evictions_;
    std::size_t paused_ = 0;
    std::size_t most_ = 0;         // tunnels at once, since there were none
    std::size_t give_back_at_ = 0;  // so few tunnels, and memory goes back to the system
};

}  // namespace proxy::tunnel
