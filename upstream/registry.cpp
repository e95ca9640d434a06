// Making pools, and carrying over what lives of them at a reload.
#include "upstream/registry.hpp"

#include <algorithm>

namespace upstream {

std::shared_ptr<Discovery> Registry::find(const std::string& name) const {
    const auto found = discoveries_.find(name);
    return found == discoveries_.end() ? nullptr : found->second;
}

Registry::Registry(const std::vector<config::Upstream>& upstreams, const std::vector<net::Executor>& workers,
                   const Registry* previous) {
    for (const config::Upstream& settings : upstreams) {
        auto discovery = previous != nullptr ? previous->find(settings.name) : nullptr;
        if (!discovery || discovery->pool()->settings() != settings) {
            const auto live = discovery ? discovery->pool()->live() : std::make_shared<LivePool>(settings.name);
            const auto pool = std::make_shared<Pool>(settings, workers, live);
            discovery = std::make_shared<Discovery>(pool, discovery.get());
            const auto& warnings = discovery->warnings();
            warnings_.insert(warnings_.end(), warnings.begin(), warnings.end());
        }
        pools_.emplace(settings.name, discovery->pool());
        discoveries_.emplace(settings.name, std::move(discovery));
    }
}

void Registry::follow(const ControlLoop& loop) {
    for (const auto& [name, discovery] : discoveries_) discovery->follow(loop);
}

bool Registry::is_settled() const {
    return std::all_of(discoveries_.begin(), discoveries_.end(),
                       [](const auto& named) { return named.second->is_settled(); });
}

}  // namespace upstream
