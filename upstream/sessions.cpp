// A list in the order of use, and a table into it.
#include "upstream/sessions.hpp"

namespace upstream {

void Sessions::trim(net::TimePoint now, const SessionLimits& limits) {
    while (!entries_.empty() && (entries_.size() > limits.most || now - entries_.back().used >= limits.timeout)) {
        by_session_.erase(entries_.back().session);
        entries_.pop_back();
    }
}

// The session if it is known, used now.
Sessions::Entry* Sessions::touch(const Mark& session, net::TimePoint now, const SessionLimits& limits) {
    trim(now, limits);
    const auto found = by_session_.find(session);
    if (found == by_session_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    entries_.front().used = now;
    return &entries_.front();
}

std::optional<Mark> Sessions::find(const Mark& session, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    const Entry* const entry = touch(session, now, limits);
    if (entry == nullptr) return std::nullopt;
    return entry->endpoint;
}

void Sessions::add(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits) {
    entries_.push_front({session, endpoint, now});
    by_session_.emplace(session, entries_.begin());
    trim(now, limits);
}

void Sessions::learn(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    Entry* const entry = touch(session, now, limits);
    if (entry != nullptr)
        entry->endpoint = endpoint;
    else
        add(session, endpoint, now, limits);
}

void Sessions::recall(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    if (touch(session, now, limits) == nullptr) add(session, endpoint, now, limits);
}

void Sessions::refresh(const Mark& session, const Mark& endpoint, net::TimePoint now, const SessionLimits& limits) {
    const std::lock_guard lock(mutex_);
    if (Entry* const entry = touch(session, now, limits)) entry->endpoint = endpoint;
}

std::size_t Sessions::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace upstream
