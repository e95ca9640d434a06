// Finding and making the states of addresses.
#include "upstream/live_pool.hpp"

namespace upstream {

EndpointState::~EndpointState() {
    if (ejected()) pool_->return_ejection();
    pool_->forget(address_, load_);
}

bool EndpointState::eject() {
    if (ejected()) return true;
    if (!pool_->take_ejection()) return false;
    if (ejected_.exchange(true)) pool_->return_ejection();  // another thread was faster
    return true;
}

void EndpointState::readmit() {
    if (!active.failing() && !health.is_out()) spare();
}

void EndpointState::spare() {
    if (ejected_.exchange(false)) pool_->return_ejection();
}

bool LivePool::take_ejection() {
    std::size_t held = ejected_.load();
    while (held < most_ejected_)
        if (ejected_.compare_exchange_weak(held, held + 1)) return true;
    return false;
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
