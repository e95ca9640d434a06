// How many tunnels of an endpoint are left while they are being closed.
#include "proxy/tunnel/eviction.hpp"

#include <gtest/gtest.h>

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;
using proxy::tunnel::may_be_left;

TEST(Eviction, LeavesNoneAtTheEnd) {
    EXPECT_EQ(may_be_left(1000, 0ms, 10s), 0u);
    EXPECT_EQ(may_be_left(1000, 0ms, 0ms), 0u);
    EXPECT_EQ(may_be_left(1000, -5ms, 10s), 0u);
}

TEST(Eviction, IsEvenOverTheTime) {
    for (const std::size_t tunnels : {1u, 7u, 100u, 12345u}) {
        EXPECT_EQ(may_be_left(tunnels, 10s, 10s), tunnels);
        std::size_t before = tunnels;
        for (net::Duration left = 10s; left > 0ms; left -= 100ms) {
            const std::size_t now = may_be_left(tunnels, left, 10s);
            EXPECT_LE(before - now, (tunnels + 99) / 100);
            before = now;
        }
        EXPECT_LE(before, (tunnels + 99) / 100);
    }
}

}  // namespace
}  // namespace proxy_tests
