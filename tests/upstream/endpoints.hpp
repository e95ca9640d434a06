// Short ways to make endpoints.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "upstream/balancer.hpp"
#include "upstream/live_pool.hpp"

namespace upstream_tests {

inline config::Endpoint settings(unsigned weight) {
    config::Endpoint endpoint;
    endpoint.address = config::TcpAddress{"127.0.0.1", 1};
    endpoint.weight = weight;
    return endpoint;
}

inline std::shared_ptr<upstream::Endpoint> make_endpoint(
    const config::Endpoint& settings, unsigned number,
    const std::shared_ptr<upstream::LivePool>& live = std::make_shared<upstream::LivePool>()) {
    const auto port = static_cast<std::uint16_t>(7000 + number);
    return std::make_shared<upstream::Endpoint>(
        settings, net::tcp_address(boost::asio::ip::make_address("127.0.0.1"), port), *live);
}

/// Endpoints with these weights, named 127.0.0.1:7000, :7001 and so on.
inline upstream::Endpoints make_endpoints(const std::vector<unsigned>& weights) {
    const auto live = std::make_shared<upstream::LivePool>();
    upstream::Endpoints endpoints;
    for (const unsigned weight : weights)
        endpoints.push_back(make_endpoint(settings(weight), static_cast<unsigned>(endpoints.size()), live));
    return endpoints;
}

/// The place of an endpoint among others.
inline std::size_t index_of(const upstream::Endpoints& all, const upstream::Endpoint* one) {
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].get() == one) return i;
    return all.size();
}

}  // namespace upstream_tests
