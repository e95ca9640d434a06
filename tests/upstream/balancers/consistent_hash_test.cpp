// The ketama ring: its points, where keys come to lie on it, what a change moves, and bounded load.
//
// The expected values come of a Python script that follows the published algorithm with zlib.crc32: a point is the
// CRC-32 of HOST NUL PORT and the point before it in four bytes, the lowest first (0 before the first); 160 points for
// each unit of weight; a key belongs to the first point at or behind its CRC-32.
#include "upstream/balancers/consistent_hash.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"

namespace upstream_tests {
namespace {

using testing::ElementsAre;
using upstream::ConsistentHash;
using upstream::ketama_points;

const net::TimePoint now{std::chrono::hours(1)};

struct Ring {
    std::shared_ptr<upstream::LivePool> live = std::make_shared<upstream::LivePool>();
    upstream::Endpoints endpoints;

    void add(const std::string& name, unsigned weight = 1) {
        config::Endpoint line = settings(weight);
        line.name = name;
        endpoints.push_back(make_endpoint(line, static_cast<unsigned>(endpoints.size()), live));
    }
    ConsistentHash balancer(double bound = 0) const { return {endpoints, bound, live, 0}; }
};

std::string pick(ConsistentHash& balancer, const Ring& ring, const std::string& key, upstream::Tried tried = {}) {
    return picks(balancer, ring.endpoints, 1, now, {{}, key}, tried);
}

TEST(KetamaPoints, AreThoseOfNginx) {
    EXPECT_THAT(ketama_points("127.0.0.1:7000", 4), ElementsAre(0x58b90586u, 0xc6f7e2bdu, 0x343d87f0u, 0x71f9a22fu));
    EXPECT_THAT(ketama_points("backend.example", 4), ElementsAre(0x728993d5u, 0xc81cefc5u, 0xe26c0da3u, 0xa2c31192u));
    EXPECT_THAT(ketama_points("unix:/run/a.sock", 4), ElementsAre(0xf38eed1du, 0x717337cfu, 0xdf948bc7u, 0xf6354f98u));
    EXPECT_THAT(ketama_points("[::1]:7001", 4), ElementsAre(0x60ee2c52u, 0xbdf2ebc5u, 0x17904129u, 0x3e1e24ccu));
}

TEST(ConsistentHashBalancer, LeadsKeysWhereNginxDoes) {
    Ring ring;
    ring.add("127.0.0.1:7000");
    ring.add("127.0.0.1:7001", 2);
    ring.add("backend.example");
    ring.add("unix:/run/a.sock");
    ConsistentHash balancer = ring.balancer();
    std::string found;
    for (int i = 0; i < 40; ++i) found += pick(balancer, ring, "key " + std::to_string(i));
    EXPECT_EQ(found, "bdbaccabaabbbcbacdcadbadabbcbddbadbaabdb");
}

TEST(ConsistentHashBalancer, AChangeMovesOnlyItsShareOfTheKeys) {
    Ring before;
    for (int i = 0; i < 9; ++i) before.add("10.0.0." + std::to_string(i));
    Ring after;
    for (int i = 0; i < 10; ++i) after.add("10.0.0." + std::to_string(i));
    ConsistentHash nine = before.balancer();
    ConsistentHash ten = after.balancer();
    int moved = 0;
    for (int i = 0; i < 10'000; ++i) {
        const std::string key = std::to_string(i);
        const std::string now_at = pick(ten, after, key);
        if (now_at == pick(nine, before, key)) continue;
        ++moved;
        EXPECT_EQ(now_at, "j");
    }
    EXPECT_NEAR(moved, 1000, 300);
}

TEST(ConsistentHashBalancer, OnlyTheKeysOfAnEndpointThatFailsMove) {
    Ring ring;
    for (int i = 0; i < 5; ++i) ring.add("10.0.0." + std::to_string(i));
    ConsistentHash balancer = ring.balancer();
    std::map<std::string, std::string> before;
    for (int i = 0; i < 500; ++i) before[std::to_string(i)] = pick(balancer, ring, std::to_string(i));
    ring.endpoints[2]->failed(now);
    for (const auto& [key, at] : before) {
        if (at == "c")
            EXPECT_NE(pick(balancer, ring, key), "c");
        else
            EXPECT_EQ(pick(balancer, ring, key), at);
    }
}

TEST(ConsistentHashBalancer, AddressesOfOneNameTakeTurns) {
    Ring ring;
    ring.add("backend.example");
    ring.add("backend.example");
    ConsistentHash balancer = ring.balancer();
    EXPECT_EQ(picks(balancer, ring.endpoints, 4, now, {{}, "key"}), "abab");
}

TEST(ConsistentHashBalancer, TakesTurnsForAnEmptyKey) {
    Ring ring;
    ring.add("a");
    ring.add("b");
    ConsistentHash balancer = ring.balancer();
    EXPECT_EQ(picks(balancer, ring.endpoints, 4, now), "abab");
}

TEST(ConsistentHashBalancer, PicksNothingFromNothingAndWhenAllAreDown) {
    Ring ring;
    ConsistentHash none = ring.balancer();
    EXPECT_EQ(none.next({{}, "key"}, now, {}), nullptr);
    ring.add("a");
    ring.add("b");
    ConsistentHash balancer = ring.balancer();
    for (const auto& endpoint : ring.endpoints) endpoint->failed(now);
    EXPECT_EQ(pick(balancer, ring, "key"), "-");
}

TEST(ConsistentHashBalancer, StaysBoundedInMemoryWithHugeWeights) {
    Ring ring;
    for (int i = 0; i < 4; ++i) ring.add("10.0.0." + std::to_string(i), 65535);
    ConsistentHash balancer = ring.balancer();
    std::map<std::string, int> counts;
    for (int i = 0; i < 4000; ++i) ++counts[pick(balancer, ring, std::to_string(i))];
    for (const auto& [endpoint, count] : counts) EXPECT_NEAR(count, 1000, 200) << endpoint;
}

TEST(BoundedLoad, NobodyHoldsMoreThanTheFactorOfItsShareHoweverHotAKeyIs) {
    Ring ring;
    for (int i = 0; i < 4; ++i) ring.add("10.0.0." + std::to_string(i), i == 0 ? 2 : 1);
    ConsistentHash balancer = ring.balancer(1.25);
    std::vector<upstream::Lease> tunnels;
    for (int i = 0; i < 1000; ++i) {
        tunnels.push_back(taken(balancer.next({{}, "the same for all"}, now, {}), now));
        for (const auto& endpoint : ring.endpoints)
            EXPECT_LE(static_cast<double>(endpoint->leases()),
                      std::ceil(1.25 * static_cast<double>(tunnels.size()) * endpoint->weight() / 5));
    }
}

TEST(BoundedLoad, LeavesAKeyWhereItIsWhileThereIsRoom) {
    Ring ring;
    for (int i = 0; i < 4; ++i) ring.add("10.0.0." + std::to_string(i));
    ConsistentHash plain = ring.balancer();
    ConsistentHash bounded = ring.balancer(2);
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(pick(bounded, ring, std::to_string(i)), pick(plain, ring, std::to_string(i)));
}

TEST(BoundedLoad, GivesTheLightestWhenAllThatAreLeftAreBeyondTheBound) {
    Ring ring;
    for (int i = 0; i < 4; ++i) ring.add("10.0.0." + std::to_string(i));
    std::vector<upstream::Lease> tunnels;
    for (const std::size_t busy : {0, 0, 0, 1, 1}) tunnels.push_back(taken(ring.endpoints[busy], now));
    ring.endpoints[2]->failed(now);
    ring.endpoints[3]->failed(now);
    ConsistentHash balancer = ring.balancer(1.01);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(pick(balancer, ring, std::to_string(i)), "b");
}

}  // namespace
}  // namespace upstream_tests
