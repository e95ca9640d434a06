// What lives of a pool while configurations and sets of endpoints come and go: the load and health of each address,
// the requests that wait, and who is bound to an endpoint.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "upstream/health/active_health.hpp"
#include "upstream/admission/admission.hpp"
#include "upstream/health/ejections.hpp"
#include "upstream/load.hpp"
#include "upstream/affinity/mark.hpp"
#include "upstream/health/passive_health.hpp"
#include "upstream/affinity/sessions.hpp"
#include "upstream/admission/waiting_line.hpp"

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
    ActiveHealth active;

    /// Counts a failure of a request in `health`, and takes the endpoint out of the pool, or spares it.
    enum class Consequence { none, taken_out, spared };
    Consequence failed(net::TimePoint now, const FailureLimits& limits);

    /// Takes it out of the pool for its health, unless as many are out as `max_ejected` allows. False: it stays in.
    /// What has left the pool is none of those: whoever may still pick it for a moment, or holds a lease on it, takes
    /// no place from the endpoints that are there.
    bool eject();

    /// It is not in the pool any more, and in it again: out, where it was and there is a place, and spared otherwise.
    void leave();
    void join();

    /// Takes it in again once neither failures nor health checks keep it out.
    void readmit();

    /// Takes it in again although it is unhealthy, where it is out; failures of requests are forgotten then.
    void spare();

    /// The configuration has that many health checks, some of which (a bit for each) have to judge it before it is
    /// given anything. Verdicts there are stay. On the thread that probes.
    void require(std::size_t checks, std::uint32_t mandatory);
    bool ejected() const { return ejected_.load(std::memory_order_relaxed); }

 private:
    bool take_out();
    void take_in();

    std::shared_ptr<LivePool> pool_;
    std::string address_;
    Load& load_;
    std::mutex mutex_;  // held while it goes in or out, so that an outage and its place among the ejected come together
    std::atomic<bool> ejected_{false};
    bool member_ = true;  // has a place among the ejected where it is ejected
};

/// Handed from one configuration to the next by the name of the pool. Thread-safe.
class LivePool : public std::enable_shared_from_this<LivePool> {
 public:
    explicit LivePool(std::string name = {}) : name_(std::move(name)) {}

    /// As the configuration calls it.
    const std::string& name() const { return name_; }

    /// The state of an address: the one that lives, or a new one. One that joins a pool at work starts slowly, where
    /// slow_start says so.
    std::shared_ptr<EndpointState> state(const std::string& address);

    /// From now on the pool is at work.
    void start() { at_work_ = true; }

    /// Leases on all endpoints, those that have left the pool included.
    std::size_t leases() const { return leases_.load(std::memory_order_relaxed); }
    void count_lease() { leases_.fetch_add(1, std::memory_order_relaxed); }
    void discount_lease() { leases_.fetch_sub(1, std::memory_order_relaxed); }

    WaitingLine& line() { return line_; }
    Admission& admission() { return admission_; }

    Ejections& ejections() { return ejections_; }

    /// The addresses that are in the pool from now on. States of others live for those who still hold them.
    void consist_of(const std::unordered_set<std::string_view>& members);

    /// `tunnel_fail_time`.
    void count_early_resets(net::Duration within) { tunnel_fail_time_ = within; }
    net::Duration tunnel_fail_time() const { return tunnel_fail_time_.load(std::memory_order_relaxed); }

    /// The health checks of the configuration, and which of them (a bit for each) are mandatory: for every address
    /// that lives, though it may have left the pool and come back later, and for those to come. On the thread that probes.
    void require(std::size_t checks, std::uint32_t mandatory);

    /// For `sticky`: what its marks are made with unless the configuration says, and the sessions it has learned.
    const MarkKey& mark_key() const { return mark_key_; }
    Sessions& sessions() { return sessions_; }

 private:
    friend class EndpointState;
    void forget(const std::string& address, Load& load);
    std::vector<std::shared_ptr<EndpointState>> living();

    const std::string name_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::weak_ptr<EndpointState>> states_;
    std::deque<Load> loads_;     // never moved; most of them side by side
    std::vector<Load*> unused_;  // of loads_: those whose endpoint is gone
    std::atomic<bool> at_work_{false};
    std::atomic<std::size_t> leases_{0};
    std::atomic<net::Duration> tunnel_fail_time_{net::Duration::zero()};
    std::uint32_t mandatory_ = 0;
    WaitingLine line_;
    Admission admission_;
    Ejections ejections_;
    const MarkKey mark_key_;
    Sessions sessions_;
};

}  // namespace upstream
