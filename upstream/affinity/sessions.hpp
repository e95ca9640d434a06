// The sessions that endpoints have begun, and which endpoint has each of them (nginx: sticky learn).
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include <boost/functional/hash.hpp>
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>

#include "net/deadline.hpp"
#include "upstream/affinity/mark.hpp"

namespace upstream {

/// How much of a configuration's `zone` one session takes, whatever its name: the entry, and its place in the table.
inline constexpr std::size_t bytes_of_session = 128;

struct SessionLimits {
    std::size_t most = 0;      ///< sessions; beyond that those go first that nobody has asked for the longest
    net::Duration timeout{0};  ///< since the last request, or the end of the last tunnel
};

/// One table for all workers, kept over reloads. A session is known by a mark of its name, so that names have no length
/// here and whoever thinks them up cannot choose where they stand in the table.
class Sessions {
 public:
    /// Sets the limits, for sessions that an earlier configuration has learned as well.
    void limit(const SessionLimits& limits);

    /// The mark of the endpoint that has the session.
    std::optional<Mark> find(const Mark& session, net::TimePoint now);

    /// A response has come from that endpoint that has begun the session, or moved it there.
    void learn(const Mark& session, const Mark& endpoint, net::TimePoint now);

    /// As learn(), but only if the session is known.
    void refresh(const Mark& session, const Mark& endpoint, net::TimePoint now);

    /// Which of the entries that a session has had one after the other.
    using Life = std::uint64_t;

    /// A tunnel has begun. Until it has ended the session does not time out. A client may have thought it up: nothing
    /// where it is not known.
    std::optional<Life> hold(const Mark& session, net::TimePoint now);

    /// The tunnel for which hold() has given this has ended. The session may be gone by now for want of room.
    void release(const Mark& session, Life life, net::TimePoint now);

    /// Those that have timed out and are not yet removed included.
    std::size_t size() const;

 private:
    struct Entry {
        Mark session;
        mutable Mark endpoint;  // this and what follows is not what it is found by
        mutable net::TimePoint used;
        Life life;
        mutable unsigned tunnels = 0;
    };
    using BySession = boost::multi_index::hashed_unique<boost::multi_index::member<Entry, Mark, &Entry::session>>;
    using ByUse = boost::multi_index::sequenced<>;

    bool is_over(const Entry& entry, net::TimePoint now) const;
    const Entry* touch(const Mark& session, net::TimePoint now);
    void trim(net::TimePoint now);

    mutable std::mutex mutex_;
    SessionLimits limits_;
    Life lives_ = 0;  // so far
    boost::multi_index_container<Entry, boost::multi_index::indexed_by<ByUse, BySession>> entries_;  // last used first
};

}  // namespace upstream
