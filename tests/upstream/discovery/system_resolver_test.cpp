// From configured addresses to socket addresses, with the means of the system.
#include "upstream/discovery/system_resolver.hpp"

#include <netdb.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

std::string resolved(const config::Address& address) {
    const auto found = upstream::resolve(address);
    return found && found->size() == 1 ? net::to_string(found->front()) : "not one address";
}

bool knows_localhost() {
    addrinfo* found = nullptr;
    if (::getaddrinfo("localhost", nullptr, nullptr, &found) != 0) return false;
    ::freeaddrinfo(found);
    return true;
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

TEST(Resolve, LooksNamesUpAndGivesEachAddressOnce) {
    if (!knows_localhost()) GTEST_SKIP() << "nobody on this machine knows the name localhost";
    const auto found = upstream::resolve(config::TcpAddress{"localhost", 7000});
    ASSERT_TRUE(found);
    std::vector<std::string> texts;
    for (const auto& address : *found) texts.push_back(net::to_string(address));
    EXPECT_THAT(texts, testing::IsSubsetOf({"127.0.0.1:7000", "[::1]:7000"}));
    EXPECT_THAT(texts, testing::Not(testing::IsEmpty()));
}

TEST(Resolve, FailsForANameThatCannotExist) {
    // A label longer than 63 bytes is refused by the resolver itself: no server is asked.
    EXPECT_FALSE(upstream::resolve(config::TcpAddress{std::string(64, 'n') + ".invalid", 80}));
}

}  // namespace
}  // namespace upstream_tests
