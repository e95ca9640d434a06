// hash and ip_hash: the places that keys and addresses lead to in nginx.
//
// The expected picks come of a Python script that follows the published algorithms with zlib.crc32:
//   hash:    place += crc32((attempt or "") + key) >> 16 & 0x7fff, then modulo the total weight
//   ip_hash: for each byte h = (h * 113 + byte) % 6271, beginning with 89 and never anew, then modulo the total weight
// Each string holds the endpoints of the first four attempts for weights 1, 2, 1.
#include "upstream/balancers/hash.hpp"
#include "upstream/balancers/ip_hash.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"

namespace upstream_tests {
namespace {

using upstream::PickKey;

const net::TimePoint now{std::chrono::hours(1)};

std::string bytes_of(const std::string& address) {
    return net::binary_host(net::tcp_address(boost::asio::ip::make_address(address), 1));
}

// What is picked when everything before it in the sequence has been tried.
template <typename Method>
void expect_sequence(const PickKey& key, const std::string& sequence) {
    const auto endpoints = make_endpoints({1, 2, 1});
    Method balancer(endpoints, 0);
    upstream::Endpoints tried;
    for (const char expected : sequence) {
        const auto& one = endpoints[static_cast<std::size_t>(expected - 'a')];
        if (std::find(tried.begin(), tried.end(), one) != tried.end()) continue;
        EXPECT_EQ(picks(balancer, endpoints, 2, now, key, tried), std::string(2, expected));
        tried.push_back(one);
    }
}

TEST(HashBalancer, LeadsKeysWhereNginxDoes) {
    const std::string sequences[] = {"bacb", "bbbb", "cabb", "abab", "abab", "cabb", "bbbb", "bacb"};
    for (std::size_t i = 0; i < std::size(sequences); ++i) {
        const std::string key = "key " + std::to_string(i);
        SCOPED_TRACE(key);
        expect_sequence<upstream::Hash>({{}, key}, sequences[i]);
    }
}

TEST(HashBalancer, TakesTurnsForAnEmptyKey) {
    const auto endpoints = make_endpoints({1, 1});
    upstream::Hash balancer(endpoints, 0);
    EXPECT_EQ(picks(balancer, endpoints, 4, now), "abab");
}

TEST(HashBalancer, FindsWhoeverIsLeft) {
    const auto endpoints = make_endpoints({1, 1000, 1});
    upstream::Hash balancer(endpoints, 0);
    const upstream::Endpoints tried{endpoints[1]};
    for (int i = 0; i < 50; ++i) {
        const std::string key = std::to_string(i);
        EXPECT_NE(picks(balancer, endpoints, 1, now, {{}, key}, tried), "b");
        EXPECT_NE(picks(balancer, endpoints, 1, now, {{}, key}, tried), "-");
    }
}

TEST(HashBalancer, PicksNothingFromNothingAndWhenAllAreDown) {
    upstream::Hash none({}, 0);
    EXPECT_EQ(none.next({{}, "key"}, now, {}), nullptr);
    const auto endpoints = make_endpoints({1, 1});
    upstream::Hash balancer(endpoints, 0);
    for (const auto& endpoint : endpoints) endpoint->failed(now);
    EXPECT_EQ(picks(balancer, endpoints, 1, now, {{}, "key"}), "-");
}

TEST(IpHashBalancer, LeadsAddressesWhereNginxDoes) {
    const std::pair<std::string, std::string> rows[] = {
        {"10.0.0.1", "bbcc"}, {"10.0.1.1", "bbac"},    {"192.168.7.9", "acbb"}, {"203.0.113.5", "acbb"},
        {"::1", "bacb"},      {"2001:db8::1", "acba"}, {"2001:db8::2", "babb"},
    };
    for (const auto& [address, sequence] : rows) {
        SCOPED_TRACE(address);
        const std::string client = bytes_of(address);
        expect_sequence<upstream::IpHash>({client}, sequence);
    }
}

TEST(IpHashBalancer, LooksAtTheNetworkOfAnIpv4Client) {
    const auto endpoints = make_endpoints({1, 1, 1, 1, 1});
    upstream::IpHash balancer(endpoints, 0);
    const std::string first = bytes_of("10.1.2.0");
    const std::string expected = picks(balancer, endpoints, 1, now, {first});
    for (int host = 1; host < 256; ++host) {
        const std::string client = bytes_of("10.1.2." + std::to_string(host));
        EXPECT_EQ(picks(balancer, endpoints, 1, now, {client}), expected);
    }
}

TEST(IpHashBalancer, TakesAUnixClientForNetworkZero) { expect_sequence<upstream::IpHash>({}, "ccbb"); }

}  // namespace
}  // namespace upstream_tests
