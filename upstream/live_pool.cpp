// Finding and making the states of addresses.
#include "upstream/live_pool.hpp"

#include <utility>

namespace upstream {

EndpointState::~EndpointState() {
    take_in();
    pool_->forget(address_, load_);
}

EndpointState::Consequence EndpointState::failed(net::TimePoint now, const FailureLimits& limits) {
    const std::lock_guard lock(mutex_);
    if (health.failed(now, limits) == PassiveHealth::Consequence::none) return Consequence::none;
    if (take_out()) return Consequence::taken_out;
    health.forgive();
    return Consequence::spared;
}

bool EndpointState::eject() {
    const std::lock_guard lock(mutex_);
    return take_out();
}

void EndpointState::readmit() {
    const std::lock_guard lock(mutex_);
    if (!active.failing() && !health.is_out()) take_in();
}

void EndpointState::spare() {
    const std::lock_guard lock(mutex_);
    if (!ejected()) return;
    health.forgive();
    take_in();
}

void EndpointState::require(std::size_t checks, std::uint32_t mandatory) {
    active.keep_first(checks);
    active.await(mandatory);
    readmit();
}

void EndpointState::leave() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(member_, false) && ejected()) pool_->ejections().give_back();
}

void EndpointState::join() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(member_, true) || !ejected() || pool_->ejections().take()) return;
    health.forgive();
    ejected_ = false;
}

bool EndpointState::take_out() {
    if (!ejected() && member_ && !pool_->ejections().take()) return false;
    ejected_ = true;
    return true;
}

void EndpointState::take_in() {
    if (ejected_.exchange(false) && member_) pool_->ejections().give_back();
}

std::shared_ptr<EndpointState> LivePool::state(const std::string& address) {
    const std::lock_guard lock(mutex_);
    std::weak_ptr<EndpointState>& known = states_[address];
    if (auto living = known.lock()) return living;
    Load* load = nullptr;
    if (unused_.empty()) {
        load = &loads_.emplace_back();
    } else {
        load = unused_.back();
        unused_.pop_back();
    }
    if (at_work_) load->recovered.store(coarse(net::now()), std::memory_order_relaxed);
    auto made = std::make_shared<EndpointState>(shared_from_this(), address, *load);
    made->active.await(mandatory_);
    known = made;
    return made;
}

// To be let go of without the mutex, which the last to do so takes in forget().
std::vector<std::shared_ptr<EndpointState>> LivePool::living() {
    std::vector<std::shared_ptr<EndpointState>> living;
    const std::lock_guard lock(mutex_);
    for (const auto& [address, known] : states_)
        if (auto state = known.lock()) living.push_back(std::move(state));
    return living;
}

void LivePool::require(std::size_t checks, std::uint32_t mandatory) {
    {
        const std::lock_guard lock(mutex_);
        mandatory_ = mandatory;
    }
    for (const auto& state : living()) state->require(checks, mandatory);
}

void LivePool::consist_of(const std::unordered_set<std::string_view>& members) {
    const auto states = living();
    // Those that go make room for those that come.
    for (const auto& state : states)
        if (!members.contains(state->address())) state->leave();
    for (const auto& state : states)
        if (members.contains(state->address())) state->join();
}

void LivePool::forget(const std::string& address, Load& load) {
    const std::lock_guard lock(mutex_);
    load.recovered = 0;
    load.latency = 0;
    unused_.push_back(&load);
    // Unless the address has come back in the meantime.
    const auto known = states_.find(address);
    if (known != states_.end() && known->second.expired()) states_.erase(known);
}

}  // namespace upstream
