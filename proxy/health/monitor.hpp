// The health of all endpoints of one configuration: its health checks at work, and what becomes of tunnels.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/health/checker.hpp"
#include "proxy/lifecycle/generation.hpp"
#include "proxy/tunnel/eviction.hpp"

namespace proxy::health {

/// Used on the control thread's event loop, on which all probes run. Made anew with each configuration: verdicts stand
/// in the endpoints and stay.
class Monitor {
 public:
    /// What the workers have to do with the tunnels of an endpoint.
    struct TunnelOrders {
        using Endpoint = Checker::Endpoint;
        std::function<void(const Endpoint&, net::Duration over, tunnel::Loss)> close;
        std::function<void(const Endpoint&)> keep;  ///< those that are left: it is in the pool again, and not marked down
    };

    /// From now on endpoints with a mandatory check wait for it. Tells about endpoints that `previous` had and that are
    /// gone or marked down. To be made before workers get the generation.
    Monitor(net::Executor executor, net::DeadlineQueue& deadlines, std::shared_ptr<lifecycle::Generation> generation,
            const route::TlsSetup& tls, TunnelOrders orders, const Monitor* previous);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    /// Begins to probe, and to look once a second at what the pools consist of.
    void start();

 private:
    struct Watch {
        std::shared_ptr<upstream::Pool> pool;
        std::shared_ptr<const upstream::PoolSnapshot> seen{};
        std::vector<std::shared_ptr<Checker>> checkers{};
    };

    static void look(void* self);
    void add(const std::string& name, const route::TlsSetup& tls);
    void follow(Watch& watch);
    void tell_about_losses(const upstream::Pool& pool, const upstream::Endpoints& before,
                           const upstream::Endpoints& after) const;
    void lost(const upstream::Pool& pool, const Checker::Endpoint& endpoint, tunnel::Loss loss) const;

    net::Executor executor_;
    net::DeadlineQueue& deadlines_;
    std::shared_ptr<lifecycle::Generation> generation_;
    TunnelOrders orders_;
    std::map<std::string, Watch> watches_;
    net::Deadline next_look_;
};

}  // namespace proxy::health
