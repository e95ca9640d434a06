// Text and binary forms of socket addresses.
#include "net/address.hpp"

#include <gtest/gtest.h>

namespace net_tests {
namespace {

using boost::asio::ip::make_address;

TEST(AddressText, OfIpv4) {
    const auto address = net::tcp_address(make_address("192.0.2.7"), 8080);
    EXPECT_EQ(net::to_string(address), "192.0.2.7:8080");
    EXPECT_EQ(net::host_text(address), "192.0.2.7");
    EXPECT_EQ(net::port_of(address), 8080);
}

TEST(AddressText, OfIpv6HasBracketsOnlyWithThePort) {
    const auto address = net::tcp_address(make_address("2001:db8::1"), 443);
    EXPECT_EQ(net::to_string(address), "[2001:db8::1]:443");
    EXPECT_EQ(net::host_text(address), "2001:db8::1");
    EXPECT_EQ(net::port_of(address), 443);
}

TEST(AddressText, OfAUnixSocket) {
    const auto address = net::unix_address("/run/backend.sock");
    ASSERT_TRUE(address);
    EXPECT_EQ(net::to_string(*address), "unix:/run/backend.sock");
    EXPECT_EQ(net::host_text(*address), "unix:");
    EXPECT_EQ(net::port_of(*address), 0);
}

TEST(AddressText, OfAnUnnamedUnixPeer) {
    // What accept() gives for a client that has not bound its socket: the family and nothing else.
    sockaddr bare{};
    bare.sa_family = AF_UNIX;
    const net::SocketAddress address(&bare, sizeof(bare.sa_family));
    EXPECT_EQ(net::host_text(address), "unix:");
    EXPECT_EQ(net::to_string(address), "unix:");
}

TEST(AddressText, OfTheLastPort) {
    EXPECT_EQ(net::to_string(net::tcp_address(make_address("127.0.0.1"), 65535)), "127.0.0.1:65535");
}

TEST(UnixAddress, TakesTheLongestPathThatFits) {
    const std::string longest(107, 'p');
    const auto address = net::unix_address(longest);
    ASSERT_TRUE(address);
    EXPECT_EQ(net::to_string(*address), "unix:" + longest);
}

TEST(UnixAddress, RefusesALongerPath) {
    const auto address = net::unix_address(std::string(108, 'p'));
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error(), boost::system::errc::filename_too_long);
}

TEST(BinaryHost, IsInNetworkByteOrder) {
    EXPECT_EQ(net::binary_host(net::tcp_address(make_address("1.2.3.4"), 1)), "\x01\x02\x03\x04");
    const std::string six = net::binary_host(net::tcp_address(make_address("2001:db8::1"), 1));
    EXPECT_EQ(six, std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16));
}

TEST(BinaryHost, IsNothingForAUnixSocket) {
    EXPECT_EQ(net::binary_host(*net::unix_address("/run/backend.sock")), "");
}

}  // namespace
}  // namespace net_tests
