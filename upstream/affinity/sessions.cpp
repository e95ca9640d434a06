// Looking a session up, and forgetting those that nobody has asked for.
#include "upstream/affinity/sessions.hpp"

#include <iterator>

namespace upstream {

namespace {

// More than one call adds, so that the table gets rid of what has timed out; and few, as every request waits meanwhile.
constexpr unsigned most_trimmed = 8;

}  // namespace

bool Sessions::is_over(const Entry& entry, net::TimePoint now, const SessionLimits& limits) {
    return entry.tunnels == 0 && now - entry.used >= limits.timeout;
}

void Sessions::trim(net::TimePoint now, const SessionLimits& limits) {
    for (unsigned i = 0; i < most_trimmed && !entries_.empty(); ++i) {
        const Entry& oldest = entries_.back();
        if (entries_.size() > limits.most || is_over(oldest, now, limits)) {
            entries_.pop_back();
        } else if (now - oldest.used >= limits.timeout) {  // in use by its tunnels
            oldest.used = now;
            entries_.relocate(entries_.begin(), std::prev(entries_.end()));
        } else {
            return;
        }
    }
}

// The session if it is known, used now.
const Sessions::Entry* Sessions::touch(const Mark& session, net::TimePoint now, const SessionLimits& limits) {
    trim(now, limits);
    auto& by_session = entries_.get<1>();
    const auto found = by_session.find(session);
    if (found == by_session.end()) return nullptr;
    if (is_over(*found, now, limits)) {
        by_session.erase(found);
        return nullptr;
    }
    found->used = now;
    entries_.relocate(entries_.begin(), entries_.project<0>(found));
    return &*found;
}

const Sessions::Entry& Sessions::touch_or_add(const Mark& session, const Mark& endpoint, net::TimePoint now,
                                              const SessionLimits& limits) {
    if (const Entry* const known = touch(session, now, limits)) return *known;
    if (!entries_.empty() && entries_.size() >= limits.most) entries_.pop_back();
    return *entries_.push_front({session, endpoint, now}).first;
}

std::optional<Mark> Sessions::find(const Mark& session, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    const Entry* const entry = touch(session, now, limits);
    if (entry == nullptr) return std::nullopt;
    return entry->endpoint;
}

void Sessions::learn(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    touch_or_add(session, endpoint, now, limits).endpoint = endpoint;
}

void Sessions::refresh(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    if (const Entry* const entry = touch(session, now, limits)) entry->endpoint = endpoint;
}

void Sessions::hold(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    ++touch_or_add(session, endpoint, now, limits).tunnels;
}

void Sessions::release(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    const Entry& entry = touch_or_add(session, endpoint, now, limits);
    if (entry.tunnels > 0) --entry.tunnels;  // none: it went for want of room, and came again
}

std::size_t Sessions::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace upstream
