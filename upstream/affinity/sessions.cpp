// Looking a session up, and forgetting those that nobody has asked for.
#include "upstream/affinity/sessions.hpp"

#include <iterator>

namespace upstream {

namespace {

// More than one call adds, so that the table gets rid of what has timed out; and few, as every request waits meanwhile.
constexpr unsigned most_trimmed = 8;

}  // namespace

bool Sessions::is_over(const Entry& entry, net::TimePoint now) const {
    return entry.tunnels == 0 && now - entry.used >= limits_.timeout;
}

void Sessions::trim(net::TimePoint now) {
    for (unsigned i = 0; i < most_trimmed && !entries_.empty(); ++i) {
        const Entry& oldest = entries_.back();
        if (entries_.size() > limits_.most || is_over(oldest, now)) {
            entries_.pop_back();
        } else if (now - oldest.used >= limits_.timeout) {  // in use by its tunnels
            oldest.used = now;
            entries_.relocate(entries_.begin(), std::prev(entries_.end()));
        } else {
            return;
        }
    }
}

// The session if it is known, used now.
const Sessions::Entry* Sessions::touch(const Mark& session, net::TimePoint now) {
    trim(now);
    auto& by_session = entries_.get<1>();
    const auto found = by_session.find(session);
    if (found == by_session.end()) return nullptr;
    if (is_over(*found, now)) {
        by_session.erase(found);
        return nullptr;
    }
    found->used = now;
    entries_.relocate(entries_.begin(), entries_.project<0>(found));
    return &*found;
}

void Sessions::limit(const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
}

std::optional<Mark> Sessions::find(const Mark& session, net::TimePoint now) {
    const std::lock_guard lock(mutex_);
    const Entry* const entry = touch(session, now);
    if (entry == nullptr) return std::nullopt;
    return entry->endpoint;
}

void Sessions::learn(const Mark& session, const Mark& endpoint, net::TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (const Entry* const known = touch(session, now)) {
        known->endpoint = endpoint;
        return;
    }
    if (!entries_.empty() && entries_.size() >= limits_.most) entries_.pop_back();
    entries_.push_front({session, endpoint, now, ++lives_});
}

void Sessions::refresh(const Mark& session, const Mark& endpoint, net::TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (const Entry* const entry = touch(session, now)) entry->endpoint = endpoint;
}

std::optional<Sessions::Life> Sessions::hold(const Mark& session, net::TimePoint now) {
    const std::lock_guard lock(mutex_);
    const Entry* const entry = touch(session, now);
    if (entry == nullptr) return std::nullopt;
    ++entry->tunnels;
    return entry->life;
}

void Sessions::release(const Mark& session, Life life, net::TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (const Entry* const entry = touch(session, now); entry != nullptr && entry->life == life) --entry->tunnels;
}

std::size_t Sessions::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace upstream
