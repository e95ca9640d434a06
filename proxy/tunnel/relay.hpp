// Moves the bytes of all tunnels of one worker.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

#include "net/deadline.hpp"
#include "net/task.hpp"
#include "proxy/tunnel/pair.hpp"

namespace proxy::tunnel {

/// One level-triggered epoll set, nested in the worker's event loop, and one read buffer shared by all tunnels.
/// What is read is written at once; what the other socket refuses is kept, and until it is gone nothing more is
/// read from that side. A tunnel at rest is two descriptors and one Pair.
///
/// At the end of a tunnel its access-log record is written and its lease given back. Used on its event loop only.
class Relay {
 public:
    Relay(const net::Executor& executor, net::DeadlineQueue& deadlines);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// Takes over a tunnel. Its unread bytes go first.
    void adopt(Tunnel tunnel);

    std::size_t size() const { return pairs_.size(); }

    /// Ends every tunnel, by the proxy, for that reason.
    void close_all(std::string_view reason);

 private:
    friend class Pair;

    void wait();
    void run_batch();
    void discard(Pair& pair);

    net::DeadlineQueue& deadlines_;
    boost::asio::posix::basic_stream_descriptor<net::Executor> epoll_;
    std::vector<char> buffer_;
    boost::intrusive::list<Pair> pairs_;
    std::vector<std::unique_ptr<Pair>> ended_;  // events of the running batch may still point to these
    bool in_batch_ = false;
};

}  // namespace proxy::tunnel
