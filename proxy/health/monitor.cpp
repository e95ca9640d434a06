// Following the pools of a configuration.
#include "proxy/health/monitor.hpp"

#include <unordered_map>
#include <unordered_set>

#include "proxy/health/plans.hpp"
#include "proxy/observe/error_log.hpp"

namespace proxy::health {

namespace {

using Change = upstream::Endpoint::Change;
using config::DownTunnels;
using tunnel::Loss;

constexpr net::Duration look_every{1000};

bool closes_tunnels(const upstream::Pool& pool) {
    return pool.settings().health.down_tunnels.fate == DownTunnels::Fate::close;
}

}  // namespace

Monitor::Monitor(net::Executor executor, net::DeadlineQueue& deadlines,
                 std::shared_ptr<lifecycle::Generation> generation, const route::TlsSetup& tls, TunnelOrders orders,
                 const Monitor* previous)
    : executor_(std::move(executor)),
      deadlines_(deadlines),
      generation_(std::move(generation)),
      orders_(std::move(orders)),
      next_look_(deadlines, &Monitor::look, this) {
    for (const config::Upstream& upstream : generation_->model().upstreams) add(upstream.name, tls);
    if (previous == nullptr) return;
    for (const auto& [name, before] : previous->watches_) {
        const auto now = watches_.find(name);
        const bool is_gone = now == watches_.end();
        tell_about_losses(is_gone ? *before.pool : *now->second.pool, before.seen->endpoints,
                          is_gone ? upstream::Endpoints() : now->second.seen->endpoints);
    }
}

Monitor::~Monitor() {
    for (auto& [name, watch] : watches_)
        for (const auto& checker : watch.checkers) checker->stop();
}

void Monitor::add(const std::string& name, const route::TlsSetup& tls) {
    Watch watch{generation_->registry().pool(name)};
    std::vector<ProbePlan> plans = probe_plans(generation_->model(), watch.pool->settings(), tls);
    if (plans.size() > upstream::ActiveHealth::most_checks) {
        observe::log(config::LogLevel::warn, "upstream \"" + name + "\" has " + std::to_string(plans.size()) +
                                                 " health checks; those behind the first " +
                                                 std::to_string(upstream::ActiveHealth::most_checks) + " are left out");
        plans.erase(plans.begin() + upstream::ActiveHealth::most_checks, plans.end());
    }
    std::uint32_t mandatory = 0;
    for (std::size_t i = 0; i < plans.size(); ++i)
        if (plans[i].check.start == config::HealthCheck::Start::awaited) mandatory |= std::uint32_t{1} << i;
    watch.pool->live()->require(plans.size(), mandatory);
    watch.seen = watch.pool->latest();

    for (ProbePlan& plan : plans)
        watch.checkers.push_back(std::make_shared<Checker>(
            executor_, deadlines_, name, watch.checkers.size(), std::move(plan),
            [this, pool = watch.pool.get()](const Checker::Endpoint& endpoint, Change change) {
                if (change == Change::fell) lost(*pool, endpoint, Loss::unhealthy);
            }));
    watches_.emplace(name, std::move(watch));
}

void Monitor::start() {
    for (auto& [name, watch] : watches_) {
        for (const auto& checker : watch.checkers) checker->use(watch.seen->endpoints);
        follow(watch);
    }
    // For pools that close no tunnels as well: those of an endpoint that returns may be closed by what was said before.
    if (!watches_.empty()) next_look_.arm(look_every);
}

// Endpoints are set seldom, and may be from any thread: to look now and then is less than to be told.
void Monitor::look(void* self) {
    auto& monitor = *static_cast<Monitor*>(self);
    for (auto& [name, watch] : monitor.watches_) monitor.follow(watch);
    monitor.next_look_.arm(look_every);
}

void Monitor::follow(Watch& watch) {
    auto latest = watch.pool->latest();
    if (latest == watch.seen) return;
    const auto before = std::exchange(watch.seen, std::move(latest));
    for (const auto& checker : watch.checkers) checker->use(watch.seen->endpoints);
    tell_about_losses(*watch.pool, before->endpoints, watch.seen->endpoints);
}

void Monitor::tell_about_losses(const upstream::Pool& pool, const upstream::Endpoints& before,
                                const upstream::Endpoints& after) const {
    std::unordered_map<std::string_view, const upstream::Endpoint*> staying;
    for (const auto& endpoint : after) staying.emplace(endpoint->name(), endpoint.get());
    for (const auto& endpoint : before) {
        const auto found = staying.find(endpoint->name());
        if (found == staying.end())
            lost(pool, endpoint, Loss::removed);
        else if (found->second->marked_down() && !endpoint->marked_down())
            lost(pool, endpoint, Loss::marked_down);
    }
    std::unordered_set<std::string_view> known;
    for (const auto& endpoint : before)
        if (!endpoint->marked_down()) known.insert(endpoint->name());
    for (const auto& endpoint : after)
        if (!known.contains(endpoint->name())) orders_.keep(endpoint);
}

void Monitor::lost(const upstream::Pool& pool, const Checker::Endpoint& endpoint, Loss loss) const {
    if (closes_tunnels(pool)) orders_.close(endpoint, pool.settings().health.down_tunnels.over, loss);
}

}  // namespace proxy::health
