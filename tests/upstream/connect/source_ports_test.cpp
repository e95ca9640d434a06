// Local ports towards endpoints: which source is taken, and when ports are scarce.
#include "upstream/connect/source_ports.hpp"

#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using upstream::ports_in_range;
using upstream::SourcePorts;

net::SocketAddress address(const char* host, std::uint16_t port = 0) {
    return net::tcp_address(boost::asio::ip::make_address(host), port);
}

const auto endpoint = address("192.0.2.1", 80);
const std::vector sources{address("198.51.100.1"), address("2001:db8::1"), address("198.51.100.2")};

TEST(SourcePorts, TakesTheSourceThatHoldsFewest) {
    SourcePorts ports(100);
    auto first = ports.take(sources, endpoint);
    auto second = ports.take(sources, endpoint);
    EXPECT_EQ(first.source, sources[0]);
    EXPECT_EQ(second.source, sources[2]);
    const auto third = ports.take(sources, endpoint);
    first.hold = {};
    second.hold = {};
    EXPECT_EQ(ports.take(sources, endpoint).source, sources[2]);
}

TEST(SourcePorts, CountsEveryDestinationApart) {
    SourcePorts ports(100);
    const auto one = ports.take(sources, endpoint);
    const auto other = ports.take(sources, address("192.0.2.1", 81));
    EXPECT_EQ(other.source, sources[0]);
    EXPECT_EQ(other.held, 1u);
}

TEST(SourcePorts, TakesASourceOfTheSameFamily) {
    SourcePorts ports(100);
    EXPECT_EQ(ports.take(sources, address("2001:db8::2", 80)).source, sources[1]);
    EXPECT_FALSE(ports.take({sources[1]}, endpoint).source);
    EXPECT_FALSE(ports.take({}, endpoint).source);
}

TEST(SourcePorts, HoldsNothingTowardsAUnixSocket) {
    SourcePorts ports(1);
    const auto taken = ports.take(sources, *net::unix_address("/a"));
    EXPECT_FALSE(taken.source);
    EXPECT_FALSE(taken.newly_scarce);
    EXPECT_TRUE(ports.usage().empty());
}

TEST(SourcePorts, TellsOnceThatFourFifthsAreHeld) {
    SourcePorts ports(10);
    std::vector<SourcePorts::Hold> holds;
    std::vector<bool> told;
    const auto take = [&] {
        auto taken = ports.take({}, endpoint);
        told.push_back(taken.newly_scarce);
        holds.push_back(std::move(taken.hold));
    };
    for (int i = 0; i < 10; ++i) take();
    EXPECT_EQ(told, (std::vector<bool>{false, false, false, false, false, false, false, true, false, false}));
    holds.resize(7);
    take();
    EXPECT_FALSE(told.back());  // it never got better than 70 %
    holds.resize(6);
    take();
    EXPECT_FALSE(told.back());
    take();
    EXPECT_TRUE(told.back());
}

TEST(SourcePorts, UsageIsWhatIsHeldNow) {
    SourcePorts ports(100);
    auto chosen = ports.take(sources, endpoint);
    const auto unbound = ports.take({}, endpoint);
    const auto again = ports.take({}, endpoint);
    const auto usage = ports.usage();
    ASSERT_EQ(usage.size(), 2u);
    std::size_t of_kernel = usage[0].source.empty() ? 0 : 1;
    EXPECT_EQ(usage[of_kernel].held, 2u);
    EXPECT_EQ(usage[1 - of_kernel].source, "198.51.100.1");
    EXPECT_EQ(usage[1 - of_kernel].destination, "192.0.2.1:80");
    chosen.hold = {};
    EXPECT_EQ(ports.usage().size(), 1u);
}

TEST(PortsInRange, CountsBothEnds) {
    EXPECT_EQ(ports_in_range("32768\t60999\n"), 28232u);
    EXPECT_EQ(ports_in_range("1024\t65535\n"), 64512u);
    EXPECT_EQ(ports_in_range("5 5"), 1u);
    for (const char* text : {"", "x", "9 8", "1", "1 70000"}) EXPECT_EQ(ports_in_range(text), 28232u) << text;
}

}  // namespace
}  // namespace upstream_tests
