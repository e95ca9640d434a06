// Prints how long a pick takes: nanoseconds for each balancing method and size of pool, on one thread.
#include <chrono>
#include <cstdio>
#include <random>
#include <string>

#include <boost/asio/ip/address_v4.hpp>

#include "upstream/balancing.hpp"
#include "upstream/latency.hpp"

namespace {

using upstream::Averaging;
using upstream::Endpoints;
using upstream::Lease;
using upstream::LivePool;

struct Pool {
    std::shared_ptr<LivePool> live = std::make_shared<LivePool>();
    Endpoints endpoints;
    std::vector<Lease> tunnels;
};

// Endpoints of mixed weights, with 1 to 20 tunnels and an average response time each.
Pool make_pool(unsigned size, net::TimePoint now) {
    Pool pool;
    std::minstd_rand random(1);
    for (unsigned i = 0; i < size; ++i) {
        config::Endpoint line;
        line.name = "endpoint-" + std::to_string(i);
        line.weight = 1 + static_cast<unsigned>(random() % 3);
        const boost::asio::ip::address_v4 address(0x0A000000U + i);
        pool.endpoints.push_back(
            std::make_shared<upstream::Endpoint>(line, net::tcp_address(address, 80), *pool.live));
        for (auto count = 1 + random() % 20; count > 0; --count)
            pool.tunnels.push_back(*Lease::take(pool.endpoints[i], now));
        const std::chrono::milliseconds response(1 + random() % 100);
        upstream::observe(pool.endpoints[i]->load(), response, now, Averaging::moving);
    }
    return pool;
}

// A pick is what a request pays: choosing, taking the lease and giving it back.
double nanoseconds_for_pick(const config::Balance& method, const Pool& pool, net::TimePoint now) {
    const auto balancer = upstream::make_balancer(method, pool.endpoints, pool.live);
    std::vector<std::string> keys;
    for (int i = 0; i < 4096; ++i) keys.push_back("/room/" + std::to_string(i * 7919));
    const auto run = [&](unsigned picks) {
        for (unsigned i = 0; i < picks; ++i) {
            const std::string& key = keys[i % keys.size()];
            const auto lease = Lease::take(balancer->next({key, key}, now, {}), now);
        }
    };
    run(2000);
    const unsigned picks = pool.endpoints.size() > 1000 ? 20'000 : 500'000;
    const auto begin = std::chrono::steady_clock::now();
    run(picks);
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begin;
    return taken.count() / picks;
}

}  // namespace

int main() {
    using Choice = config::Random::Choice;
    const config::Template key = config::parse_template("$request_uri").value;
    const std::pair<const char*, config::Balance> methods[] = {
        {"round robin", config::RoundRobin{}},
        {"least_conn", config::LeastConn{}},
        {"least_time", config::LeastTime{}},
        {"random", config::Random{}},
        {"random two least_conn", config::Random{Choice::two_least_conn}},
        {"random two least_time", config::Random{Choice::two_least_time}},
        {"ip_hash", config::IpHash{}},
        {"hash", config::Hash{key}},
        {"hash consistent", config::Hash{key, true}},
        {"hash consistent bounded_load=1.25", config::Hash{key, true, 125}},
    };
    const auto now = net::Clock::now();
    const Pool small = make_pool(10, now);
    const Pool large = make_pool(10'000, now);
    std::printf("%-36s%16s%16s\n", "ns for one pick", "10 endpoints", "10,000");
    for (const auto& [name, method] : methods)
        std::printf("%-36s%16.0f%16.0f\n", name, nanoseconds_for_pick(method, small, now),
                    nanoseconds_for_pick(method, large, now));
}
