// The sessions that endpoints have begun, and which endpoint has each of them (nginx: sticky learn).
#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include <boost/functional/hash.hpp>

#include "net/deadline.hpp"
#include "upstream/mark.hpp"

namespace upstream {

/// How much of a configuration's `zone` one session takes, whatever its name: the entry, and its place in the table.
inline constexpr std::size_t bytes_of_session = 128;

struct SessionLimits {
    std::size_t most = 0;      ///< sessions; beyond that those go first that nobody has asked for the longest
    net::Duration timeout{0};  ///< since the last request
};

/// One table for all workers, kept over reloads. A session is known by a mark of its name, so that names have no length
/// here and whoever thinks them up cannot choose where they stand in the table.
class Sessions {
 public:
    /// The mark of the endpoint that has the session.
    std::optional<Mark> find(const Mark& session, net::TimePoint now, const SessionLimits& limits);

    /// A response has come from that endpoint that has begun the session, or moved it there.
    void learn(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits);

    /// As learn(), but only if the session is known.
    void refresh(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits);

    /// A tunnel to that endpoint has ended. The session may have timed out since, or be with another endpoint by now.
    void recall(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits);

    std::size_t size() const;

 private:
    struct Entry {
        Mark session;
        Mark endpoint;
        net::TimePoint used;
    };
    using Entries = std::list<Entry>;

    Entry* touch(const Mark& session, net::TimePoint now, const SessionLimits& limits);
    void add(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits);
    void trim(net::TimePoint now, const SessionLimits& limits);

    mutable std::mutex mutex_;
    Entries entries_;  // the one that was used last stands first
    std::unordered_map<Mark, Entries::iterator, boost::hash<Mark>> by_session_;
};

}  // namespace upstream
