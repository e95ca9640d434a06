// The bytes of PROXY protocol headers, as proxy-protocol.txt lays them out.
#include "upstream/connect/proxy_protocol.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using config::ProxyProtocol;
using upstream::client_ends;
using upstream::proxy_protocol_header;
using namespace std::string_view_literals;

const std::string signature("\x0D\x0A\x0D\x0A\x00\x0D\x0A\x51\x55\x49\x54\x0A"sv);

std::string v1(const upstream::ClientEnds& ends) { return proxy_protocol_header(ProxyProtocol::v1, ends); }
std::string v2(const upstream::ClientEnds& ends) { return proxy_protocol_header(ProxyProtocol::v2, ends); }

const auto over_ipv4 = client_ends("192.0.2.7", 50123, "198.51.100.1", 443);
const auto over_ipv6 = client_ends("2001:db8::7", 65535, "2001:db8::1", 80);

TEST(ProxyProtocol, NothingWhereItIsOff) { EXPECT_EQ(proxy_protocol_header(ProxyProtocol::off, over_ipv4), ""); }

TEST(ProxyProtocol, Version1) {
    EXPECT_EQ(v1(over_ipv4), "PROXY TCP4 192.0.2.7 198.51.100.1 50123 443\r\n");
    EXPECT_EQ(v1(over_ipv6), "PROXY TCP6 2001:db8::7 2001:db8::1 65535 80\r\n");
}

TEST(ProxyProtocol, Version2OverIpv4) {
    EXPECT_EQ(v2(over_ipv4), signature + std::string("\x21\x11\x00\x0C"
                                                     "\xC0\x00\x02\x07"
                                                     "\xC6\x33\x64\x01"
                                                     "\xC3\xCB\x01\xBB"sv));
}

TEST(ProxyProtocol, Version2OverIpv6) {
    EXPECT_EQ(v2(over_ipv6), signature + std::string("\x21\x21\x00\x24"
                                                     "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x07"
                                                     "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"
                                                     "\xFF\xFF\x00\x50"sv));
}

TEST(ProxyProtocol, AClientOnAUnixSocketIsUnknown) {
    const auto unknown = client_ends("unix:", 0, "unix:", 0);
    EXPECT_EQ(v1(unknown), "PROXY UNKNOWN\r\n");
    EXPECT_EQ(v2(unknown), signature + std::string("\x21\x00\x00\x00"sv));
}

TEST(ProxyProtocol, MappedAddressesAreIpv4) {
    EXPECT_EQ(v1(client_ends("::ffff:192.0.2.7", 1, "::ffff:198.51.100.1", 2)), "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n");
}

TEST(ProxyProtocol, EndsOfTwoFamiliesAreIpv6) {
    EXPECT_EQ(v1(client_ends("2001:db8::7", 1, "198.51.100.1", 2)), "PROXY TCP6 2001:db8::7 ::ffff:198.51.100.1 1 2\r\n");
}

TEST(ProxyProtocol, ZonesAreLeftOut) {
    EXPECT_EQ(v1(client_ends("fe80::7%1", 1, "fe80::1%1", 2)), "PROXY TCP6 fe80::7 fe80::1 1 2\r\n");
}

// Section 2.1: "the worst case ... 107 characters".
TEST(ProxyProtocol, Version1StaysWithinItsBound) {
    const std::string longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    EXPECT_LE(v1(client_ends(longest, 65535, longest, 65535)).size(), 107u);
}

}  // namespace
}  // namespace upstream_tests
