// One health check at work: probes the endpoints of a pool in turn, and counts the results.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "net/deadline.hpp"
#include "proxy/health/probe.hpp"
#include "upstream/pool.hpp"

namespace proxy::health {

/// Used on one event loop only. Never more than one probe of an endpoint is on its way, and never more than
/// `most_at_once` of the check, so that a pool of thousands does not take all descriptors.
class Checker : public std::enable_shared_from_this<Checker> {
 public:
    static constexpr std::size_t most_at_once = 128;

    /// Called when a verdict changes whether the endpoint may be picked.
    using Endpoint = std::shared_ptr<upstream::Endpoint>;
    using OnChange = std::function<void(const Endpoint&, upstream::Endpoint::Change)>;

    /// `index` is the check's place among those of the pool.
    Checker(net::Executor executor, net::DeadlineQueue& deadlines, std::string pool, std::size_t index,
            ProbePlan plan, OnChange on_change);
    Checker(const Checker&) = delete;
    Checker& operator=(const Checker&) = delete;

    /// From now on probes these, but for those marked down. Those that are new begin spread over an interval, or at
    /// once where they may not be picked before.
    void use(const upstream::Endpoints& endpoints);

    /// Ends it: what is on its way will count for nothing.
    void stop();

 private:
    static void on_due(void* self);
    static net::Task<> run(std::shared_ptr<Checker> self, Endpoint endpoint);
    void begin_due();
    void begin(Endpoint endpoint);
    net::TimePoint first_turn(upstream::Endpoint& endpoint, std::size_t place, std::size_t joining) const;
    void conclude(const Endpoint& endpoint, const ProbeOutcome& outcome);
    void enqueue(const std::string& name, net::TimePoint due);
    void log(const Endpoint& endpoint, upstream::Endpoint::Change change, const ProbeOutcome& outcome) const;

    net::Executor executor_;
    net::DeadlineQueue& deadlines_;
    std::string pool_;
    std::size_t index_;
    std::shared_ptr<const ProbePlan> plan_;
    OnChange on_change_;
    struct Member {
        Endpoint endpoint;
        bool queued = false;
    };
    std::map<std::string, Member> members_;           // by address
    std::multimap<net::TimePoint, std::string> due_;  // those that are queued: their probe is not on its way
    net::Deadline next_;
    std::size_t in_flight_ = 0;
    bool stopped_ = false;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace proxy::health
