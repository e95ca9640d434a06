// One address of a pool: its settings, its live counters, and the only place that decides whether it may be picked.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "config/model.hpp"
#include "net/address.hpp"
#include "upstream/passive_health.hpp"

namespace upstream {

class Endpoint {
 public:
    Endpoint(const config::Endpoint& settings, const net::SocketAddress& address);

    const net::SocketAddress& address() const { return address_; }
    const std::string& name() const { return name_; }  ///< the address as text, for logs
    unsigned weight() const { return weight_; }

    /// Whether it may be given a request now; true means that it will be. Every rule about that belongs here.
    bool eligible(net::TimePoint now) { return !down_ && health_.allows(now); }

    /// Requests and tunnels that hold a lease on it, over all workers.
    std::size_t leases() const { return leases_.load(std::memory_order_relaxed); }

    PassiveHealth& health() { return health_; }

 private:
    friend class Lease;

    net::SocketAddress address_;
    std::string name_;
    unsigned weight_;
    bool down_;
    PassiveHealth health_;
    std::atomic<std::size_t> leases_{0};
};

/// One endpoint held by one request or tunnel, counted for as long as it lives.
class Lease {
 public:
    Lease() = default;
    explicit Lease(std::shared_ptr<Endpoint> endpoint) : endpoint_(std::move(endpoint)) {
        endpoint_->leases_.fetch_add(1, std::memory_order_relaxed);
    }
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&& other) noexcept {
        std::swap(endpoint_, other.endpoint_);
        return *this;
    }
    ~Lease() {
        if (endpoint_) endpoint_->leases_.fetch_sub(1, std::memory_order_relaxed);
    }

    explicit operator bool() const { return endpoint_ != nullptr; }
    Endpoint& operator*() const { return *endpoint_; }
    Endpoint* operator->() const { return endpoint_.get(); }

 private:
    std::shared_ptr<Endpoint> endpoint_;
};

}  // namespace upstream
