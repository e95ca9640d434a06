// Making pools, carrying over what lives of them at a reload, and retrying names.
#include "upstream/registry.hpp"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "upstream/discovery.hpp"

namespace upstream {

Endpoints resolve_endpoints(const config::Upstream& settings, LivePool& live, std::vector<Unresolved>& unresolved) {
    std::vector<std::pair<config::Endpoint, net::SocketAddress>> found;
    for (const config::Endpoint& line : settings.endpoints) {
        const auto addresses = resolve(line.address);
        if (!addresses) {
            unresolved.push_back({settings.name, config::to_string(line.address), addresses.error()});
            continue;
        }
        for (const net::SocketAddress& address : *addresses) found.emplace_back(line, address);
    }
    // nginx: "If there is only a single server in a group, max_fails, fail_timeout parameters are ignored, and such a
    // server will never be considered unavailable." Taking it out would leave nothing to answer with.
    // Nor would a slow start have anything to start beside (nginx: slow_start).
    if (found.size() == 1) {
        found.front().first.max_fails = 0;
        found.front().first.slow_start = {};
    }
    Endpoints endpoints;
    for (const auto& [line, address] : found) endpoints.push_back(std::make_shared<Endpoint>(line, address, live));
    return endpoints;
}

std::shared_ptr<Pool> Registry::find(const std::string& name) const {
    const auto found = pools_.find(name);
    return found == pools_.end() ? nullptr : found->second;
}

Registry::Registry(const std::vector<config::Upstream>& upstreams, const std::vector<net::Executor>& workers,
                   const Registry* previous) {
    std::set<std::string> incomplete;
    if (previous != nullptr)
        for (const Unresolved& name : previous->unresolved_) incomplete.insert(name.pool);
    for (const config::Upstream& settings : upstreams) {
        const std::shared_ptr<Pool> old = previous != nullptr ? previous->find(settings.name) : nullptr;
        if (old && old->settings() == settings && !incomplete.contains(settings.name)) {
            pools_.emplace(settings.name, old);
            continue;
        }
        auto pool = std::make_shared<Pool>(settings, workers, old ? old->live() : std::make_shared<LivePool>());
        pool->start_with(resolve_endpoints(settings, *pool->live(), unresolved_));
        pools_.emplace(settings.name, std::move(pool));
    }
}

// The look-ups run on a thread of their own because getaddrinfo blocks. The thread is not joined, so that neither a
// reload nor the end of the process waits for a resolver that does not answer: it owns all that it touches.
class Registry::Retry {
 public:
    Retry(std::vector<std::shared_ptr<Pool>> pools, std::function<void(const std::string&)> report)
        : pools_(std::move(pools)), report_(std::move(report)) {}

    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        wake_.notify_all();
    }

    void run() {
        for (unsigned attempt = 1; !pools_.empty() && !stopped_within(retry_delay(attempt)); ++attempt)
            std::erase_if(pools_, [this](const std::shared_ptr<Pool>& pool) { return try_again(pool); });
    }

 private:
    bool stopped_within(std::chrono::seconds delay) {
        std::unique_lock lock(mutex_);
        return wake_.wait_for(lock, delay, [this] { return stopped_; });
    }

    bool try_again(const std::shared_ptr<Pool>& pool) {
        std::vector<Unresolved> left;
        Endpoints endpoints = resolve_endpoints(pool->settings(), *pool->live(), left);
        if (!left.empty()) return false;
        const std::lock_guard lock(mutex_);
        if (stopped_) return true;  // the event loops may be gone
        pool->publish(pool, std::move(endpoints));
        report_("upstream \"" + pool->settings().name + "\": all names are resolved now");
        return true;
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopped_ = false;
    std::vector<std::shared_ptr<Pool>> pools_;
    std::function<void(const std::string&)> report_;
};

Registry::~Registry() { stop_retrying(); }

void Registry::stop_retrying() {
    if (retry_) retry_->stop();
}

void Registry::start_retrying(std::function<void(const std::string&)> report) {
    std::set<std::string> names;
    for (const Unresolved& name : unresolved_) names.insert(name.pool);
    if (names.empty()) return;
    std::vector<std::shared_ptr<Pool>> pools;
    for (const std::string& name : names) pools.push_back(pools_.at(name));
    retry_ = std::make_shared<Retry>(std::move(pools), std::move(report));
    std::thread([retry = retry_] { retry->run(); }).detach();
}

}  // namespace upstream
