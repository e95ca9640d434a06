// The turns of the endpoints, and what a result comes to.
#include "proxy/health/checker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "proxy/health/schedule.hpp"
#include "proxy/observe/error_log.hpp"

namespace proxy::health {

using Change = upstream::Endpoint::Change;

namespace {

std::string_view name_of(config::HealthCheck::Kind kind) {
    switch (kind) {
        case config::HealthCheck::Kind::http: return "HTTP";
        case config::HealthCheck::Kind::tcp: return "TCP";
        case config::HealthCheck::Kind::websocket: return "WebSocket";
    }
    return {};
}

}  // namespace

Checker::Checker(net::Executor executor, net::DeadlineQueue& deadlines, std::string pool, std::size_t index,
                 ProbePlan plan, OnChange on_change)
    : executor_(std::move(executor)),
      deadlines_(deadlines),
      pool_(std::move(pool)),
      index_(index),
      plan_(std::make_shared<const ProbePlan>(std::move(plan))),
      on_change_(std::move(on_change)),
      next_(deadlines, &Checker::on_due, this) {}

void Checker::use(const upstream::Endpoints& endpoints) {
    std::map<std::string, Member> members;
    std::vector<Endpoint> joining;
    for (const Endpoint& endpoint : endpoints) {
        if (endpoint->marked_down()) continue;
        const auto known = members_.find(endpoint->name());
        const bool is_known = known != members_.end();
        const Member member{endpoint, is_known && known->second.queued};
        const bool is_first = members.emplace(endpoint->name(), member).second;
        if (is_first && !is_known) joining.push_back(endpoint);
    }
    std::erase_if(due_, [&](const auto& entry) { return !members.contains(entry.second); });
    members_ = std::move(members);
    for (std::size_t i = 0; i < joining.size(); ++i)
        enqueue(joining[i]->name(), first_turn(*joining[i], i, joining.size()));
    begin_due();
}

net::TimePoint Checker::first_turn(upstream::Endpoint& endpoint, std::size_t place, std::size_t joining) const {
    const net::TimePoint now = deadlines_.now();
    const net::TimePoint begun = endpoint.active_health().turn(index_).begun;
    const bool is_known = begun != net::TimePoint();  // an earlier configuration has probed it
    if (is_known) return next_probe(begun, now, plan_->check.interval);
    if (plan_->check.start == config::HealthCheck::Start::awaited) return now;
    return now + first_probe(place, joining, plan_->check.interval);
}

void Checker::stop() {
    stopped_ = true;
    members_.clear();
    due_.clear();
    next_.disarm();
}

void Checker::on_due(void* self) { static_cast<Checker*>(self)->begin_due(); }

void Checker::enqueue(const std::string& name, net::TimePoint due) {
    Member& member = members_.at(name);
    if (std::exchange(member.queued, true)) return;
    due_.emplace(due + put_off(plan_->check.jitter, static_cast<std::uint32_t>(random_())), name);
}

void Checker::begin_due() {
    const net::TimePoint now = deadlines_.now();
    while (!due_.empty() && due_.begin()->first <= now && in_flight_ < most_at_once) {
        Member& member = members_.at(due_.extract(due_.begin()).mapped());
        member.queued = false;
        begin(member.endpoint);
    }
    if (due_.empty() || in_flight_ >= most_at_once) return next_.disarm();
    next_.arm(std::chrono::ceil<net::Duration>(due_.begin()->first - now));
}

void Checker::begin(Endpoint endpoint) {
    upstream::ActiveHealth::Turn& turn = endpoint->active_health().turn(index_);
    const net::TimePoint now = deadlines_.now();
    // A probe of the configuration before may be at it.
    if (turn.running) return enqueue(endpoint->name(), now + plan_->check.interval);
    turn = {now, true};
    ++in_flight_;
    boost::asio::co_spawn(executor_, run(shared_from_this(), std::move(endpoint)), boost::asio::detached);
}

net::Task<> Checker::run(std::shared_ptr<Checker> self, Endpoint endpoint) {
    // A probe may fail without ever waiting. Each begins on a stack of its own, not on that of the one that ended before.
    co_await boost::asio::post(self->executor_, boost::asio::use_awaitable_t<net::Executor>{});
    auto outcome = co_await probe(self->executor_, self->deadlines_, self->plan_, endpoint->address());
    endpoint->active_health().turn(self->index_).running = false;
    if (!self->stopped_) self->conclude(endpoint, outcome);
}

void Checker::conclude(const Endpoint& endpoint, const ProbeOutcome& outcome) {
    --in_flight_;
    const net::TimePoint now = deadlines_.now();
    const bool stays = members_.contains(endpoint->name());
    if (stays && outcome.kind != ProbeOutcome::Kind::inconclusive) {
        using Result = upstream::ActiveHealth::Result;
        const Result result = outcome.kind == ProbeOutcome::Kind::passed ? Result::passed : Result::failed;
        const Change change = endpoint->probed(index_, result, {plan_->check.fails, plan_->check.passes}, now);
        log(endpoint, change, outcome);
        if (change != Change::none) on_change_(endpoint, change);
    } else if (stays) {
        observe::log(config::LogLevel::crit, "health check of " + endpoint->name() + " in upstream \"" + pool_ +
                                                 "\" was not possible: " + outcome.reason);
    }
    if (stays)
        enqueue(endpoint->name(),
                next_probe(endpoint->active_health().turn(index_).begun, now, plan_->check.interval));
    begin_due();
}

void Checker::log(const Endpoint& endpoint, Change change, const ProbeOutcome& outcome) const {
    const std::string subject = "endpoint " + endpoint->name() + " of upstream \"" + pool_ + '"';
    const std::string check = std::string(name_of(plan_->check.kind)) + " health check" +
                              (outcome.reason.empty() ? "" : ": " + outcome.reason);
    switch (change) {
        case Change::fell: return observe::log(config::LogLevel::warn, subject + " is unhealthy, " + check);
        case Change::spared:
            return observe::log(config::LogLevel::warn,
                                subject + " is unhealthy and stays in because of max_ejected, " + check);
        case Change::rose: return observe::log(config::LogLevel::notice, subject + " is healthy, " + check);
        case Change::none: break;
    }
    if (!outcome.reason.empty()) observe::log(config::LogLevel::info, subject + " failed a " + check);
}

}  // namespace proxy::health
