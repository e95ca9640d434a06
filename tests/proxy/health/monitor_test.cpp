// What the workers are told to do with tunnels, over reloads and verdicts.
#include "proxy/health/monitor.hpp"

#include <initializer_list>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/listening.hpp"
#include "tests/proxy/captured_errors.hpp"
#include "tests/proxy/model.hpp"

namespace proxy_tests {
namespace {

using proxy::lifecycle::Generation;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Monitor : public testing::Test {
  protected:
    // Puts a configuration to work whose pool "a" has these lines.
    void load(const std::string& pool) {
        const auto model = model_of("upstream a { " + pool +
                                    " } server { listen 127.0.0.1:1; location / { proxy_pass http://a; } }");
        generation = std::make_shared<Generation>(model, std::vector<net::Executor>{loop.executor()}, files,
                                                  generation.get());
        monitor = std::make_unique<proxy::health::Monitor>(
            loop.executor(), loop.deadlines(), generation, proxy::route::TlsSetup(),
            proxy::health::Monitor::TunnelOrders{
                .close =
                    [this](const auto& endpoint, net::Duration over, proxy::tunnel::Loss loss) {
                        orders.push_back("close " + endpoint->name() + " over " + std::to_string(over.count()) + ": " +
                                         std::string(to_text(loss)));
                    },
                .keep = [this](const auto& endpoint) { orders.push_back("keep " + endpoint->name()); }},
            monitor.get());
        monitor->start();
        loop.turn();
    }

    // These ports are all the endpoints of "a" from now on, as when a nameserver says so.
    void resolve(std::initializer_list<std::uint16_t> ports) {
        const auto& pool = generation->registry().pool("a");
        upstream::Endpoints endpoints;
        for (const std::uint16_t port : ports)
            endpoints.push_back(std::make_shared<upstream::Endpoint>(
                config::Endpoint(), net_tests::tcp("127.0.0.1", port), *pool->live()));
        pool->publish(pool, endpoints);
        loop.expire(std::chrono::seconds(1));
    }

    CapturedErrors errors;
    net_tests::Loop loop;
    proxy::observe::LogFiles files;
    std::shared_ptr<Generation> generation;
    std::unique_ptr<proxy::health::Monitor> monitor;
    std::vector<std::string> orders;
};

TEST_F(Monitor, ClosesTheTunnelsOfEndpointsThatAReloadTakesAway) {
    load("server 127.0.0.1:7001; server 127.0.0.1:7002; server 127.0.0.1:7003; endpoint_down_tunnels close over=3s;");
    EXPECT_THAT(orders, IsEmpty());
    load("server 127.0.0.1:7001; server 127.0.0.1:7002 down; endpoint_down_tunnels close over=4s;");
    EXPECT_THAT(orders, UnorderedElementsAre("close 127.0.0.1:7002 over 4000: endpoint marked down",
                                             "close 127.0.0.1:7003 over 4000: endpoint removed"));
}

TEST_F(Monitor, KeepsThemUnlessSaidOtherwise) {
    load("server 127.0.0.1:7001; server 127.0.0.1:7002; server 127.0.0.1:7003;");
    load("server 127.0.0.1:7001; server 127.0.0.1:7002 down;");
    EXPECT_THAT(orders, IsEmpty());
}

TEST_F(Monitor, KeepsTheTunnelsOfAnEndpointThatReturnsWhateverBecomesOfThemNow) {
    load("server 127.0.0.1:7001; server 127.0.0.1:7002 down; endpoint_down_tunnels close over=10m;");
    load("server 127.0.0.1:7001; server 127.0.0.1:7002; server 127.0.0.1:7003;");
    EXPECT_THAT(orders, UnorderedElementsAre("keep 127.0.0.1:7002", "keep 127.0.0.1:7003"));
}

TEST_F(Monitor, KeepsTheTunnelsOfAnEndpointThatReturnsWhenNoMoreWouldBeClosed) {
    load("server 127.0.0.1:7001; server 127.0.0.1:7002; endpoint_down_tunnels close over=10m;");
    resolve({7001});
    EXPECT_THAT(orders, ElementsAre("close 127.0.0.1:7002 over 600000: endpoint removed"));
    load("server 127.0.0.1:7001;");
    resolve({7001, 7002});
    EXPECT_THAT(orders, ElementsAre(testing::_, "keep 127.0.0.1:7002"));
}

TEST_F(Monitor, ClosesTheTunnelsOfAnEndpointThatAProbeFindsUnhealthy) {
    load("server unix:/nowhere/a.sock; health_check type=tcp; endpoint_down_tunnels close over=3s;");
    EXPECT_THAT(orders, ElementsAre("close unix:/nowhere/a.sock over 3000: endpoint unhealthy"));
}

TEST_F(Monitor, ClosesNoTunnelOfAnEndpointThatMaxEjectedKeepsIn) {
    load("server unix:/nowhere/a.sock; health_check type=tcp; endpoint_down_tunnels close; max_ejected 50%;");
    EXPECT_THAT(orders, IsEmpty());
}

}  // namespace
}  // namespace proxy_tests
