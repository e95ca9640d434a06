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
    unsigned weight() const { return weight_; }

    /// Whether it may be given a request now. Every rule about that belongs here.
    bool eligible(net::TimePoint now) const { return !down_ && state_->health.allows(now, limits_); }

    /// Requests and tunnels that hold a lease on it, over all workers and all configurations.
    std::size_t leases() const { return load().leases.load(std::memory_order_relaxed); }
    const Load& load() const { return state_->load(); }

    /// What has become of a request. A failure is one that counts for max_fails.
    void failed(net::TimePoint now) { state_->health.failed(now, limits_); }
    void succeeded() { state_->health.succeeded(); }

 private:
    friend class Lease;
    bool acquire(net::TimePoint now);
    void release();

    std::shared_ptr<EndpointState> state_;
    net::SocketAddress address_;
    unsigned weight_;
    bool down_;
    FailureLimits limits_;
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

 private:
    explicit Lease(std::shared_ptr<Endpoint> endpoint) : endpoint_(std::move(endpoint)) {}

    std::shared_ptr<Endpoint> endpoint_;
};

}  // namespace upstream
