// Ownership of descriptors.
#include "net/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace net_tests {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

TEST(Descriptor, ClosesAtTheEnd) {
    const int raw = open_null();
    { const net::Descriptor owner(raw); }
    EXPECT_FALSE(is_open(raw));
}

TEST(Descriptor, OwnsNothingByDefault) {
    const net::Descriptor none;
    EXPECT_FALSE(none);
    EXPECT_EQ(none.get(), -1);
}

TEST(Descriptor, MovesItsDescriptor) {
    const int raw = open_null();
    net::Descriptor first(raw);
    const net::Descriptor second(std::move(first));
    EXPECT_FALSE(first);  // NOLINT: the state after a move is what is tested
    EXPECT_EQ(second.get(), raw);
    EXPECT_TRUE(is_open(raw));
}

TEST(Descriptor, ClosesTheOldOneWhenATemporaryIsAssigned) {
    const int old = open_null();
    net::Descriptor owner(old);
    const int next = open_null();
    owner = net::Descriptor(next);
    EXPECT_FALSE(is_open(old));
    EXPECT_EQ(owner.get(), next);
}

TEST(Descriptor, GivesUpItsDescriptor) {
    net::Descriptor owner(open_null());
    const int raw = owner.release();
    EXPECT_FALSE(owner);
    EXPECT_TRUE(is_open(raw));
    ::close(raw);
}

TEST(Descriptor, ResetClosesOnce) {
    const int raw = open_null();
    net::Descriptor owner(raw);
    owner.reset();
    EXPECT_FALSE(is_open(raw));
    const int again = open_null();  // takes the lowest number, which is that of the closed one
    ASSERT_EQ(again, raw);
    owner.reset();
    EXPECT_TRUE(is_open(again));
    ::close(again);
}

}  // namespace
}  // namespace net_tests
