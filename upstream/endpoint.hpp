// One address of a pool as one configuration sees it, and the only place that decides whether it may be picked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "config/model.hpp"
#include "net/address.hpp"
#include "upstream/live_pool.hpp"

namespace upstream {

/// Settings, which never change, over a state that outlives them: a reload makes a new Endpoint on the same state.
class Endpoint {
 public:
    Endpoint(const config::Endpoint& settings, const net::SocketAddress& address, LivePool& pool);

    const net::SocketAddress& address() const { return address_; }
    const std::string& name() const { return state_->address(); }  ///< the address as text, for logs
    const std::string& pool_name() const { return state_->pool().name(); }
    const std::string& configured_name() const { return configured_name_; }  ///< may stand for several addresses
    const std::string& route() const { return route_; }  ///< what `sticky route` looks for; may be empty
    unsigned weight() const { return weight_; }
    bool backup() const { return backup_; }

    /// What keeps it from being given a request. Every rule about that belongs here.
    enum class Obstacle {
        none,
        full,         ///< it is at its max_conns, and a lease that is given back will end that
        unavailable,  ///< it is down, drained, has failed, or a health check says so
    };
    Obstacle obstacle(net::TimePoint now) const;

    /// The same for a request that `sticky` binds to it: one that drains takes those.
    Obstacle obstacle_to_bound(net::TimePoint now) const;
    bool eligible(net::TimePoint now) const { return obstacle(now) == Obstacle::none; }

    /// How much of its weight counts: less than 1 while it starts slowly (nginx: slow_start).
    float share(net::TimePoint now) const;
    float weight_at(net::TimePoint now) const { return static_cast<float>(weight_) * share(now); }

    /// Requests and tunnels that hold a lease on it, over all workers and all configurations.
    std::size_t leases() const { return state_->load().leases.load(std::memory_order_relaxed); }
    const Load& load() const { return state_->load(); }
    Load& load() { return state_->load(); }

    /// What comes of a failure: nothing yet; it is out for fail_timeout; or it would be, but max_ejected keeps it in.
    using Consequence = EndpointState::Consequence;

    /// What has become of a request. A failure is one that counts for max_fails: no connection, or none in time; no
    /// valid response head, or none in time. Behind the head of a response or the 101 nothing counts any more, but for
    /// tunnel_reset(): who ends a tunnel in order has done his work. A status says what the application thinks, and
    /// counts only where proxy_next_upstream names it.
    Consequence failed(net::TimePoint now);
    void succeeded(net::TimePoint now);

    /// The endpoint has reset a tunnel of that age: a failure within `tunnel_fail_time`.
    Consequence tunnel_reset(net::Clock::duration age, net::TimePoint now);

    /// What a health check has found out. Tells what that changes for the endpoint as a whole.
    enum class Change { none, fell, spared, rose };
    Change probed(std::size_t check, ActiveHealth::Result result, const VerdictLimits& limits, net::TimePoint now);

    /// Whether it is out because a health check finds it unhealthy. One that `max_ejected` keeps in is not.
    bool shut_out_by_checks() const { return state_->active.failing() && state_->ejected(); }

    /// For the thread that probes.
    ActiveHealth& active_health() { return state_->active; }

    /// Whether a configuration marks it down.
    bool marked_down() const { return marked_down_; }

    /// Whether they stand for the same address of the same pool, maybe in different configurations.
    bool is_same_as(const Endpoint& other) const { return state_ == other.state_; }

    /// Takes it in again although it is unhealthy, because too many others are out.
    void spare() { state_->spare(); }

 private:
    friend class Lease;
    bool acquire(net::TimePoint now);
    bool acquire_place();
    void release();

    std::shared_ptr<EndpointState> state_;
    net::SocketAddress address_;
    std::string configured_name_;
    std::string route_;
    unsigned weight_;
    unsigned max_conns_;
    bool backup_;
    bool marked_down_;
    bool draining_;
    FailureLimits limits_;
    net::Duration slow_start_;
};

/// One endpoint held by one request or tunnel, counted for as long as it lives.
class Lease {
 public:
    Lease() = default;

    /// Takes what a balancer has picked. Nothing when another worker has taken the last place in between.
    static std::optional<Lease> take(std::shared_ptr<Endpoint> endpoint, net::TimePoint now) {
        if (!endpoint->acquire(now)) return std::nullopt;
        return Lease(std::move(endpoint));
    }

    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&& other) noexcept {
        std::swap(endpoint_, other.endpoint_);
        return *this;
    }
    ~Lease() {
        if (endpoint_) endpoint_->release();
    }

    explicit operator bool() const { return endpoint_ != nullptr; }
    Endpoint& operator*() const { return *endpoint_; }
    Endpoint* operator->() const { return endpoint_.get(); }
    const std::shared_ptr<Endpoint>& endpoint() const { return endpoint_; }

 private:
    explicit Lease(std::shared_ptr<Endpoint> endpoint) : endpoint_(std::move(endpoint)) {}

    std::shared_ptr<Endpoint> endpoint_;
};

}  // namespace upstream
