// Many reads and writes at once, with io_uring and without.
#include "net/call_batch.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "net/descriptor.hpp"
#include "tests/net/listening.hpp"
#include "tests/net/rings.hpp"

namespace net_tests {
namespace {

using Way = net::CallBatch::Way;

class CallBatch : public testing::TestWithParam<Way> {
  protected:
    struct Connection {
        net::Descriptor near;
        Peer far;
        std::array<char, 64> room{};

        std::string_view seen(int result) const { return {room.data(), static_cast<std::size_t>(result)}; }
    };

    Connection& connect() {
        auto [near, far] = socket_pair();
        connections.push_back(std::make_unique<Connection>(Connection{std::move(near), Peer(far.release())}));
        return *connections.back();
    }

    void add_read(Connection& connection) { calls.add_read(connection.near.get(), connection.room); }

    net::CallBatch calls{GetParam()};
    std::vector<std::unique_ptr<Connection>> connections;
};

INSTANTIATE_TEST_SUITE_P(, CallBatch, testing::Values(Way::best, Way::one_by_one),
                         [](const auto& each) { return each.param == Way::best ? "Best" : "OneByOne"; });

TEST_P(CallBatch, GivesTheResultsInTheOrderInWhichCallsWereAdded) {
    for (int i = 0; i < 150; ++i) connect();
    for (const std::size_t size : {2u, 64u, 65u, 150u}) {  // a ring holds 64
        for (std::size_t i = 0; i < size; ++i) {
            connections[i]->far.send("message " + std::to_string(i));
            add_read(*connections[i]);
        }
        const auto results = calls.run();
        ASSERT_EQ(results.size(), size);
        for (std::size_t i = 0; i < size; ++i)
            EXPECT_EQ(connections[i]->seen(results[i]), "message " + std::to_string(i));
    }
}

TEST_P(CallBatch, DoesManyTogetherAndOneAlone) {
    for (int i = 0; i < 65; ++i) add_read(connect());
    calls.run();
    add_read(*connections.front());
    calls.run();
    EXPECT_EQ(calls.done_together(), calls.refusal() ? 0u : 64u);
}

// Whatever takes it from the process. The number of its descriptor stands for something else from then on.
TEST_P(CallBatch, GoesOnWithoutItsRing) {
    for (int i = 0; i < 3; ++i) connect().far.send("text");
    take_rings_away();
    for (const auto& each : connections) add_read(*each);
    const auto results = calls.run();
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(connections[i]->seen(results[i]), "text");
    EXPECT_TRUE(calls.refusal());
    EXPECT_EQ(calls.done_together(), 0u);
}

TEST_P(CallBatch, WritesToEach) {
    std::vector<std::string> texts;
    for (int i = 0; i < 150; ++i) texts.push_back("answer " + std::to_string(i));
    for (const std::string& text : texts) calls.add_write(connect().near.get(), text);
    const auto results = calls.run();
    ASSERT_EQ(results.size(), 150u);
    for (std::size_t i = 0; i < 150; ++i) {
        EXPECT_EQ(results[i], static_cast<int>(texts[i].size()));
        EXPECT_EQ(connections[i]->far.receive(), texts[i]);
    }
}

TEST_P(CallBatch, ReadsAndWritesOneAtATimeToo) {
    Connection& connection = connect();
    connection.far.send("ping");
    add_read(connection);
    EXPECT_EQ(connection.seen(calls.run().front()), "ping");
    calls.add_write(connection.near.get(), "pong");
    EXPECT_EQ(calls.run().front(), 4);
    EXPECT_EQ(connection.far.receive(), "pong");
}

TEST_P(CallBatch, DoesNothingWhereNothingWasAdded) { EXPECT_TRUE(calls.run().empty()); }

TEST_P(CallBatch, DoesNoCallTwice) {
    connect().far.send("a");
    connect().far.send("b");
    for (const auto& each : connections) add_read(*each);
    calls.run();
    for (const auto& each : connections) add_read(*each);
    const auto again = calls.run();
    ASSERT_EQ(again.size(), 2u);
    EXPECT_EQ(again[0], -EAGAIN);
    EXPECT_EQ(again[1], -EAGAIN);
}

TEST_P(CallBatch, TellsOfEachHowItHasGone) {
    std::signal(SIGPIPE, SIG_DFL);  // a write must not raise it
    Connection& with_data = connect();
    with_data.far.send("text");
    Connection& silent = connect();
    Connection& ended = connect();
    ended.far.shutdown_write();
    Connection& gone = connect();
    gone.far.close();
    for (Connection* const each : {&with_data, &silent, &ended, &gone}) add_read(*each);
    calls.add_write(gone.near.get(), "lost");
    calls.add_write(silent.near.get(), "heard");
    calls.add_read(-1, silent.room);
    const auto results = calls.run();
    ASSERT_EQ(results.size(), 7u);
    EXPECT_EQ(with_data.seen(results[0]), "text");
    EXPECT_EQ(results[1], -EAGAIN);
    EXPECT_EQ(results[2], 0);
    EXPECT_EQ(results[3], 0);
    EXPECT_EQ(results[4], -EPIPE);
    EXPECT_EQ(results[5], 5);
    EXPECT_EQ(results[6], -EBADF);
}

TEST_P(CallBatch, DoesNotWaitForASocketThatBlocks) {
    Connection& reader = connect();
    Connection& writer = connect();
    for (Connection* const each : {&reader, &writer})
        ASSERT_EQ(::fcntl(each->near.get(), F_SETFL, ::fcntl(each->near.get(), F_GETFL) & ~O_NONBLOCK), 0);
    const std::string much(8 << 20, 'x');
    add_read(reader);
    calls.add_write(writer.near.get(), much);
    const auto results = calls.run();
    EXPECT_EQ(results[0], -EAGAIN);
    EXPECT_GT(results[1], 0);
    EXPECT_LT(results[1], 8 << 20);
    EXPECT_EQ(writer.far.receive().size(), static_cast<std::size_t>(results[1]));
}

TEST_P(CallBatch, LetsTheEndGoWithTheLastWrite) {
    auto [near, far] = tcp_pair();
    const auto unsent = [&near = near] {
        int bytes = -1;
        ::ioctl(near.get(), SIOCOUTQNSD, &bytes);
        return bytes;
    };
    Connection& other = connect();
    calls.add_write(near.get(), "last", true);
    calls.add_write(other.near.get(), "another");
    EXPECT_EQ(calls.run().front(), 4);
    EXPECT_EQ(unsent(), 4);
    ::shutdown(near.get(), SHUT_WR);
    EXPECT_EQ(unsent(), 0);
    EXPECT_EQ(other.far.receive(), "another");
}

/// As Docker's default filter does it, for the calling thread and as long as it lives.
void refuse_io_uring() {
    std::array<sock_filter, 4> filter{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{filter.size(), filter.data()};
    ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST(CallBatchThatIsRefused, WorksOneByOne) {
    std::thread([] {
        refuse_io_uring();
        auto [near, far] = socket_pair();
        auto [other_near, other_far] = socket_pair();
        net::CallBatch calls;
        EXPECT_EQ(calls.refusal(), boost::system::errc::operation_not_permitted);
        calls.add_write(near.get(), "a");
        calls.add_write(other_near.get(), "b");
        const auto results = calls.run();
        EXPECT_EQ(results[0], 1);
        EXPECT_EQ(results[1], 1);
        EXPECT_EQ(calls.done_together(), 0);
        EXPECT_EQ(Peer(far.release()).receive(), "a");
        EXPECT_EQ(Peer(other_far.release()).receive(), "b");
    }).join();
}

}  // namespace
}  // namespace net_tests
