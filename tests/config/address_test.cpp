// Addresses of upstreams and listeners.
#include "config/units.hpp"

#include <string>

#include <gtest/gtest.h>

namespace config_tests {
namespace {

struct Row {
    const char* text;
    const char* printed;  ///< null: refused
};

std::string printed(const config::Result<config::Address>& address) {
    return address ? to_string(*address) : "refused";
}

class UpstreamAddress : public testing::TestWithParam<Row> {};

TEST_P(UpstreamAddress, IsReadAndPrinted) {
    const auto* expected = GetParam().printed;
    EXPECT_EQ(printed(config::parse_address(GetParam().text)), expected ? expected : "refused");
}

const std::string longest_socket = "unix:/" + std::string(106, 'a');
const std::string too_long_socket = longest_socket + "a";
const std::string long_host = std::string(254, 'a');

INSTANTIATE_TEST_SUITE_P(
    Table, UpstreamAddress,
    testing::Values(Row{"127.0.0.1:7000", "127.0.0.1:7000"}, Row{"127.0.0.1", "127.0.0.1:80"},
                    Row{"backend.example", "backend.example:80"}, Row{"backend_1:65535", "backend_1:65535"},
                    Row{"[::1]:80", "[::1]:80"}, Row{"[0:0::0001]", "[::1]:80"},
                    Row{"[2001:DB8::1]:443", "[2001:db8::1]:443"},
                    Row{"unix:/run/a.sock", "unix:/run/a.sock"},
                    Row{longest_socket.c_str(), longest_socket.c_str()},
                    Row{too_long_socket.c_str(), nullptr}, Row{"", nullptr}, Row{":80", nullptr},
                    Row{"a:", nullptr}, Row{"a:0", nullptr}, Row{"a:65536", nullptr}, Row{"a:8x", nullptr},
                    Row{"a:-1", nullptr}, Row{"::1", nullptr}, Row{"[::1", nullptr}, Row{"[::1]80", nullptr},
                    Row{"[::g]", nullptr}, Row{"[]", nullptr}, Row{"256.0.0.1", nullptr},
                    Row{"1.2.3", nullptr}, Row{"a b", nullptr}, Row{"*:80", nullptr}, Row{"-a", nullptr},
                    Row{".a", nullptr}, Row{"unix:", nullptr}, Row{long_host.c_str(), nullptr}));

class ListenAddress : public testing::TestWithParam<Row> {};

TEST_P(ListenAddress, IsReadAndPrinted) {
    const auto* expected = GetParam().printed;
    EXPECT_EQ(printed(config::parse_listen_address(GetParam().text)), expected ? expected : "refused");
}

INSTANTIATE_TEST_SUITE_P(Table, ListenAddress,
                         testing::Values(Row{"8000", "*:8000"}, Row{"*", "*:80"}, Row{"*:8000", "*:8000"},
                                         Row{"0.0.0.0:8000", "*:8000"}, Row{"127.0.0.1", "127.0.0.1:80"},
                                         Row{"localhost:81", "localhost:81"}, Row{"[::]:80", "[::]:80"},
                                         Row{"unix:/run/s", "unix:/run/s"}, Row{"0", nullptr},
                                         Row{"65536", nullptr}, Row{"*:", nullptr}, Row{"*:*:80", nullptr},
                                         Row{"*:a:80", nullptr}, Row{"", nullptr}));

TEST(Address, HasTheDefaultPortOnlyWhereNoneIsWritten) {
    EXPECT_EQ(printed(config::parse_address("a", config::default_https_port)), "a:443");
    EXPECT_EQ(printed(config::parse_address("[::1]", config::default_https_port)), "[::1]:443");
    EXPECT_EQ(printed(config::parse_address("a:80", config::default_https_port)), "a:80");
}

TEST(Address, SaysWhatIsWrongWithThePort) {
    EXPECT_EQ(config::parse_address("a:70000").error().message, "invalid port \"70000\"");
}

TEST(Address, SaysThatIpv6NeedsBrackets) {
    EXPECT_EQ(config::parse_address("::1:80").error().hint, "an IPv6 address stands in brackets: [::1]:80");
}

}  // namespace
}  // namespace config_tests
