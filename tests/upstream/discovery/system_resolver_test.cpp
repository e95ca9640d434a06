// From configured addresses to socket addresses, with the means of the system.
#include "upstream/discovery/system_resolver.hpp"

#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

std::string resolved(const config::Address& address) {
    const auto found = upstream::resolve(address);
    return found && found->size() == 1 ? net::to_string(found->front()) : "not one address";
}

TEST(Resolve, TakesLiteralsAsTheyAre) {
    EXPECT_EQ(resolved(config::TcpAddress{"127.0.0.1", 7000}), "127.0.0.1:7000");
    EXPECT_EQ(resolved(config::TcpAddress{"::1", 7000}), "[::1]:7000");
    EXPECT_EQ(resolved(config::TcpAddress{"2001:db8::2", 65535}), "[2001:db8::2]:65535");
}

TEST(Resolve, TakesUnixPathsAsTheyAre) {
    EXPECT_EQ(resolved(config::UnixAddress{"/run/app.sock"}), "unix:/run/app.sock");
}

TEST(Resolve, RefusesAUnixPathThatDoesNotFit) {
    const auto found = upstream::resolve(config::UnixAddress{std::string(200, 'p')});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(), boost::system::errc::filename_too_long);
}

// A short form of inet_aton(3) is no literal of ours, and the resolver knows it without a hosts file.
TEST(Resolve, LooksNamesUpAndGivesEachAddressOnce) {
    EXPECT_EQ(resolved(config::TcpAddress{"127.1", 7000}), "127.0.0.1:7000");
}

TEST(Resolve, FailsForANameThatCannotExist) {
    // A label longer than 63 bytes is refused by the resolver itself: no server is asked.
    EXPECT_FALSE(upstream::resolve(config::TcpAddress{std::string(64, 'n') + ".invalid", 80}));
}

}  // namespace
}  // namespace upstream_tests
