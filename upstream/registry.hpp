// All pools of one configuration, and what keeps their endpoints up to date.
#pragma once

#include "upstream/discovery/discovery.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace upstream {

class Registry {
  public:
    /// Looks names up and reads files of endpoints (this blocks). A pool whose settings are unchanged in
    /// `previous` is taken over as it is. A changed one is made anew, but the endpoints that stay keep their
    /// leases, health and averages.
    Registry(const std::vector<config::Upstream>& upstreams, const std::vector<net::Executor>& workers,
             const Registry* previous);
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// The pool of that name, which the configuration's validator has made sure exists.
    const std::shared_ptr<Pool>& pool(const std::string& name) const { return pools_.at(name); }

    /// All pools by name. From any thread.
    const std::map<std::string, std::shared_ptr<Pool>>& pools() const { return pools_; }

    /// Names that could not be looked up and files that could not be read for the new pools, as lines for the
    /// log.
    const std::vector<std::string>& warnings() const { return warnings_; }

    /// Keeps the pools up to date with names and files from now on, on the thread of that loop.
    void follow(const ControlLoop& loop);

    /// Whether each followed name has been asked for once.
    bool is_settled() const;

    /// Ends what follow() began, except for pools that a later registry has taken over. Nothing is published
    /// or logged any more: the event loops of the workers may end only after it.
    void stop_following() { discoveries_.clear(); }

  private:
    /// What follows the pool of that name, or null.
    std::shared_ptr<Discovery> find(const std::string& name) const;

    std::map<std::string, std::shared_ptr<Pool>> pools_;
    std::map<std::string, std::shared_ptr<Discovery>> discoveries_;
    std::vector<std::string> warnings_;
};

}  // namespace upstream
