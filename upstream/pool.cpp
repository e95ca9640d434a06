// Picking from a pool, and replacing its endpoints while workers pick.
#include "upstream/pool.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_set>

#include "net/event_loop.hpp"
#include "upstream/affinity/affinity.hpp"
#include "upstream/balancing.hpp"
#include "upstream/random_number.hpp"

namespace upstream {

namespace {

std::optional<config::ResponseTime> measured_by(const config::Balance& balance) {
    if (const auto* least = std::get_if<config::LeastTime>(&balance)) return least->time;
    const auto* random = std::get_if<config::Random>(&balance);
    if (random != nullptr && random->choice == config::Random::Choice::two_least_time) return random->time;
    return std::nullopt;
}

MarkKey mark_key_for(const config::Sticky& sticky, const LivePool& live) {
    const auto* cookie = std::get_if<config::StickyCookie>(&sticky);
    return cookie != nullptr && !cookie->secret.empty() ? MarkKey(cookie->secret) : live.mark_key();
}

void limit_sessions(Sessions& sessions, const config::Sticky& sticky) {
    if (const auto* learn = std::get_if<config::StickyLearn>(&sticky))
        sessions.limit({learn->size / bytes_of_session, learn->timeout});
}

bool can_be_bound_to(const Endpoint& endpoint, const config::Sticky& sticky) {
    if (std::holds_alternative<config::StickyRoute>(sticky)) return !endpoint.route().empty();
    return !std::holds_alternative<config::NotSticky>(sticky);
}

// An endpoint that was free when it was picked may be taken by another worker. Each turn of this loop that misses
// means that one of them has got it.
std::optional<Lease> take(Balancer& balancer, const PickKey& key, net::TimePoint now, Tried tried) {
    for (;;) {
        auto endpoint = balancer.next(key, now, tried);
        if (!endpoint) return std::nullopt;
        if (auto lease = Lease::take(std::move(endpoint), now)) return lease;
    }
}

}  // namespace

Pool::Pool(config::Upstream settings, std::vector<net::Executor> workers, std::shared_ptr<LivePool> live)
    : settings_(std::move(settings)),
      live_(std::move(live)),
      mark_key_(mark_key_for(settings_.sticky, *live_)),
      measured_(measured_by(settings_.balance)),
      workers_(std::move(workers)),
      latest_(make_snapshot({}, 0)),
      current_(workers_.size(), latest_) {}

std::shared_ptr<const PoolSnapshot> Pool::latest() const {
    const std::lock_guard lock(mutex_);
    return latest_;
}

// `max_ejected` is a share of the endpoints there are now: fewer of them may be out when the set gets smaller.
void Pool::settle(const std::shared_ptr<const PoolSnapshot>& snapshot) {
    constexpr unsigned all = 100;
    const config::Health& health = settings_.health;
    live_->count_early_resets(health.tunnel_fail_time);
    live_->ejections().bound(health.max_ejected == all ? std::numeric_limits<std::size_t>::max()
                                                       : snapshot->endpoints.size() * health.max_ejected / all);
    std::unordered_set<std::string_view> members;
    for (const auto& endpoint : snapshot->endpoints) members.insert(endpoint->name());
    live_->consist_of(members);
    for (const auto& endpoint : snapshot->endpoints)
        if (live_->ejections().too_many()) endpoint->spare();
    live_->start();
    const std::lock_guard lock(mutex_);
    latest_ = snapshot;
}

std::shared_ptr<const PoolSnapshot> Pool::make_snapshot(Endpoints endpoints, std::uint64_t first_turn) const {
    auto snapshot = std::make_shared<PoolSnapshot>();
    snapshot->endpoints = std::move(endpoints);
    for (const auto& endpoint : snapshot->endpoints)
        if (can_be_bound_to(*endpoint, settings_.sticky)) snapshot->marks.emplace(endpoint.get(), make_mark(*endpoint));
    Endpoints primary;
    Endpoints backup;
    for (const auto& endpoint : snapshot->endpoints) (endpoint->backup() ? backup : primary).push_back(endpoint);
    snapshot->primary = make_tier(*snapshot, primary, first_turn);
    if (!backup.empty()) snapshot->backup = make_tier(*snapshot, backup, first_turn);
    return snapshot;
}

// A client that is bound to a backup goes back when there are others again (as in nginx): each tier has its own marks.
std::unique_ptr<Balancer> Pool::make_tier(const PoolSnapshot& snapshot, const Endpoints& tier,
                                          std::uint64_t first_turn) const {
    auto balancer = make_balancer(settings_.balance, tier, live_, first_turn);
    if (std::holds_alternative<config::NotSticky>(settings_.sticky)) return balancer;
    std::vector<MarkedEndpoint> marked;
    for (const auto& endpoint : tier)
        if (const auto found = snapshot.marks.find(endpoint.get()); found != snapshot.marks.end())
            marked.emplace_back(found->second, endpoint);
    return std::make_unique<Affinity>(std::move(marked), std::move(balancer));
}

Mark Pool::make_mark(const Endpoint& endpoint) const {
    const bool by_route = std::holds_alternative<config::StickyRoute>(settings_.sticky);
    return mark_key_.mark(by_route ? endpoint.route() : endpoint.name());
}

Mark Pool::mark_of(std::size_t worker, const Endpoint& endpoint) const {
    const auto& marks = current_[worker]->marks;
    const auto found = marks.find(&endpoint);
    return found != marks.end() ? found->second : make_mark(endpoint);  // of a set that has just been replaced
}

std::optional<Lease> Pool::pick(std::size_t worker, const PickKey& key, net::TimePoint now, Tried tried) const {
    const PoolSnapshot& snapshot = *current_[worker];
    auto lease = take(*snapshot.primary, key, now, tried);
    if (lease || !snapshot.backup) return lease;
    return take(*snapshot.backup, key, now, tried);
}

bool Pool::has(Endpoint::Obstacle obstacle, std::size_t worker, net::TimePoint now, Tried tried) const {
    const Endpoints& endpoints = current_[worker]->endpoints;
    return std::any_of(endpoints.begin(), endpoints.end(), [&](const std::shared_ptr<Endpoint>& endpoint) {
        return endpoint->obstacle(now) == obstacle && !was_tried(*endpoint, tried);
    });
}

void Pool::answered(Endpoint& endpoint, net::Clock::duration to_head, net::Clock::duration to_end,
                    net::TimePoint now) const {
    if (!measured_) return;
    const bool is_peak = *measured_ == config::ResponseTime::peak_ewma;
    observe(endpoint.load(), *measured_ == config::ResponseTime::last_byte ? to_end : to_head, now,
            is_peak ? Averaging::peak : Averaging::moving);
}

void Pool::start_with(Endpoints endpoints) {
    const auto snapshot = make_snapshot(std::move(endpoints), 0);
    for (auto& current : current_) current = snapshot;
    settle(snapshot);
    live_->admission().limit(settings_.admission, net::Clock::now());
    limit_sessions(live_->sessions(), settings_.sticky);
}

void Pool::publish(const std::shared_ptr<Pool>& self, Endpoints endpoints) {
    const auto snapshot = make_snapshot(std::move(endpoints), random_number());
    settle(snapshot);
    for (std::size_t worker = 0; worker < workers_.size(); ++worker)
        net::post(workers_[worker], [self, snapshot, worker] {
            self->current_[worker] = snapshot;
            self->live_->line().call();
        });
}

}  // namespace upstream
