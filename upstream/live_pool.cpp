// Finding and making the states of addresses.
#include "upstream/live_pool.hpp"

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
    health.forgive();
    take_in();
}

void EndpointState::require(std::size_t checks, std::uint32_t mandatory) {
    active.keep_first(checks);
    active.await(mandatory);
    readmit();
}

bool EndpointState::take_out() {
    if (!ejected() && !pool_->ejections().take()) return false;
    ejected_ = true;
    return true;
}

void EndpointState::take_in() {
    if (ejected_.exchange(false)) pool_->ejections().give_back();
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
    if (at_work_) load->recovered.store(coarse(net::Clock::now()), std::memory_order_relaxed);
    auto made = std::make_shared<EndpointState>(shared_from_this(), address, *load);
    made->active.await(mandatory_);
    known = made;
    return made;
}

void LivePool::require(std::size_t checks, std::uint32_t mandatory) {
    std::vector<std::shared_ptr<EndpointState>> living;  // the last to let go of one takes the lock in forget()
    {
        const std::lock_guard lock(mutex_);
        mandatory_ = mandatory;
        for (const auto& [address, known] : states_)
            if (auto state = known.lock()) living.push_back(std::move(state));
    }
    for (const auto& state : living) state->require(checks, mandatory);
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
