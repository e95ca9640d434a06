// Idle HTTP connections to endpoints, kept by one worker for its next requests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/stream.hpp"
#include "upstream/pool.hpp"
#include "upstream/connect/source_ports.hpp"

namespace upstream {

class TlsClient;

/// What a connection leads to, and as whom it was made. A kept one serves only requests for exactly the same.
struct Destination {
    net::SocketAddress address;
    std::uint64_t location = 0;            ///< the only location that may use it; 0: all of the pool's
    std::shared_ptr<const TlsClient> tls;  ///< null: plain
    std::string tls_name;                  ///< the name that was sent and verified

    bool operator==(const Destination& other) const = default;
};

/// A connection to an endpoint, with what decides how often it may be used again.
struct UpstreamConnection {
    std::unique_ptr<net::Stream> stream;
    net::TimePoint opened;
    SourcePorts::Hold port{};
    unsigned requests = 0;  ///< answered on it; more than 0: it has been kept
};

/// `keepalive` and its kin of an upstream block (nginx: ngx_http_upstream_module). Used on the worker's thread only.
///
/// An idle connection is its socket and nothing else: no buffer, no coroutine, no pending call. Whether the upstream
/// has ended it, or sent what nobody asked for, is asked before it is used and once a second while it is idle: the epoll
/// set in which the socket stays knows (Stream::is_quiet).
class KeptConnections {
 public:
    KeptConnections(std::size_t worker, net::DeadlineQueue& deadlines);
    ~KeptConnections();
    KeptConnections(const KeptConnections&) = delete;
    KeptConnections& operator=(const KeptConnections&) = delete;

    /// The connection to the destination that was used last and is still fit; nothing when there is none.
    std::optional<UpstreamConnection> take(const std::shared_ptr<const Pool>& pool, const Destination& destination);

    /// Keeps a connection whose last response has come to its end, or closes it when it has had its keepalive_requests
    /// or keepalive_time. The longest idle one makes room where `keepalive` are idle. One whose endpoint leaves the pool
    /// is closed within a second.
    void keep(const std::shared_ptr<const Pool>& pool, Destination destination, UpstreamConnection connection);

    /// Closes all that are idle.
    void clear();

    /// Closes all, and keeps none from now on.
    void stop();

    std::size_t size() const;

 private:
    struct Idle {
        Destination destination;
        UpstreamConnection connection;
        net::TimePoint since;
    };
    using Shelf = std::vector<Idle>;  // of one pool, the longest idle first

    static void look(void* self);
    void drop_unfit();
    bool fit(const Idle& idle, const Pool& pool) const;

    std::size_t worker_;
    net::Deadline next_look_;
    bool stopped_ = false;
    std::map<std::weak_ptr<const Pool>, Shelf, std::owner_less<>> shelves_;
};

}  // namespace upstream
