// All pools of one configuration, and the look-ups of names that failed when it was loaded.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "upstream/pool.hpp"

namespace upstream {

/// A name that could not be looked up.
struct Unresolved {
    std::string pool;
    std::string name;
    net::ErrorCode error;
};

class Registry {
 public:
    /// Looks all names up (this blocks). A pool whose settings are unchanged in `previous` is taken over as it is. A
    /// changed one is made anew, but the endpoints that stay keep their leases, health and averages.
    Registry(const std::vector<config::Upstream>& upstreams, const std::vector<net::Executor>& workers,
             const Registry* previous);
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// The pool of that name, which the configuration's validator has made sure exists.
    const std::shared_ptr<Pool>& pool(const std::string& name) const { return pools_.at(name); }

    /// Names that could not be looked up when the registry was made.
    const std::vector<Unresolved>& unresolved() const { return unresolved_; }

    /// Looks the unresolved names up again in the background until all are known or the registry is gone.
    /// `report` gets a line for the log at each success, on the thread of the look-ups.
    void start_retrying(std::function<void(const std::string&)> report);

    /// Ends those look-ups: nothing is published or reported once this has returned. The event loops of the workers may
    /// end only after it.
    void stop_retrying();

 private:
    class Retry;

    /// The pool of that name, or null.
    std::shared_ptr<Pool> find(const std::string& name) const;

    std::map<std::string, std::shared_ptr<Pool>> pools_;
    std::vector<Unresolved> unresolved_;
    std::shared_ptr<Retry> retry_;
};

/// Looks up every configured endpoint of one pool, on the states that live; names that fail are added to `unresolved`. For a pool with a single
/// endpoint max_fails does not count (nginx: server).
Endpoints resolve_endpoints(const config::Upstream& settings, LivePool& live, std::vector<Unresolved>& unresolved);

}  // namespace upstream
