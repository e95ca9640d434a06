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

/// Number N is 127.0.0.1:700N, by that name unless the settings have another.
inline std::shared_ptr<upstream::Endpoint> make_endpoint(
    config::Endpoint settings, unsigned number,
    const std::shared_ptr<upstream::LivePool>& live = std::make_shared<upstream::LivePool>()) {
    const auto port = static_cast<std::uint16_t>(7000 + number);
    if (settings.name.empty()) settings.name = "127.0.0.1:" + std::to_string(port);
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

inline upstream::Lease taken(std::shared_ptr<upstream::Endpoint> endpoint, net::TimePoint now) {
    return *upstream::Lease::take(std::move(endpoint), now);
}

/// The place of an endpoint among others.
inline std::size_t index_of(const upstream::Endpoints& all, const upstream::Endpoint* one) {
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].get() == one) return i;
    return all.size();
}

/// What a balancer picks `count` times in a row: "a" is the first endpoint, "b" the second, "-" none.
inline std::string picks(upstream::Balancer& balancer, const upstream::Endpoints& all, std::size_t count,
                         net::TimePoint now, const upstream::PickKey& key = {}, upstream::Tried tried = {}) {
    std::string letters;
    for (std::size_t i = 0; i < count; ++i) {
        const auto endpoint = balancer.next(key, now, tried);
        letters += endpoint ? static_cast<char>('a' + index_of(all, endpoint.get())) : '-';
    }
    return letters;
}

}  // namespace upstream_tests
