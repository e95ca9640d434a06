// What lives of a pool while configurations and sets of endpoints come and go: the load and health of each address.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "upstream/load.hpp"
#include "upstream/passive_health.hpp"

namespace upstream {

class LivePool;

/// What lives of an endpoint. All Endpoints of the same pool name and address share it, whichever configuration they
/// come from, for as long as one of them or a lease lives.
class EndpointState {
 public:
    EndpointState(std::shared_ptr<LivePool> pool, std::string address, Load& load)
        : pool_(std::move(pool)), address_(std::move(address)), load_(load) {}
    ~EndpointState();
    EndpointState(const EndpointState&) = delete;
    EndpointState& operator=(const EndpointState&) = delete;

    const std::string& address() const { return address_; }
    Load& load() { return load_; }
    LivePool& pool() { return *pool_; }

    PassiveHealth health;

 private:
    std::shared_ptr<LivePool> pool_;
    std::string address_;
    Load& load_;
};

/// Handed from one configuration to the next by the name of the pool. Thread-safe.
class LivePool : public std::enable_shared_from_this<LivePool> {
 public:
    /// The state of an address: the one that lives, or a new one.
    std::shared_ptr<EndpointState> state(const std::string& address);

 private:
    friend class EndpointState;
    void forget(const std::string& address, Load& load);

    std::mutex mutex_;
    std::unordered_map<std::string, std::weak_ptr<EndpointState>> states_;
    std::deque<Load> loads_;     // never moved; most of them side by side
    std::vector<Load*> unused_;  // of loads_: those whose endpoint is gone
};

}  // namespace upstream
