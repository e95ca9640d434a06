// Bytes from one socket to another through a pipe of the kernel.
#include "net/pipe.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <csignal>

#include <gtest/gtest.h>

#include "net/transport.hpp"
#include "tests/net/listening.hpp"

namespace net_tests {
namespace {

using net::Progress;

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
    return text;
}

class Pipe : public testing::Test {
  protected:
    Pipe() {
        std::signal(SIGPIPE, SIG_IGN);
        auto [near_from, far_from] = socket_pair();
        auto [near_to, far_to] = socket_pair();
        from = std::move(near_from);
        to = std::move(near_to);
        sender = std::make_unique<Peer>(far_from.release());
        reader = std::make_unique<Peer>(far_to.release());
    }

    net::Pipe pipe;
    net::Descriptor from;
    net::Descriptor to;
    std::unique_ptr<Peer> sender;
    std::unique_ptr<Peer> reader;
};

TEST_F(Pipe, CarriesBytesUnchanged) {
    const std::string text = pattern(70'000);
    sender->send(text);
    std::string received;
    for (net::Outcome filled; (filled = pipe.fill_from(from.get(), 65'536)).count > 0;) {
        const net::Outcome written = pipe.empty_to(to.get());
        EXPECT_EQ(written.progress, Progress::done);
        EXPECT_EQ(written.count, filled.count);
        received += reader->receive();
    }
    EXPECT_TRUE(received == text);
}

TEST_F(Pipe, TakesNoMoreThanItIsAskedTo) {
    sender->send("one two");
    EXPECT_EQ(pipe.fill_from(from.get(), 3).count, 3u);
    EXPECT_EQ(pipe.take(), "one");
    EXPECT_EQ(pipe.fill_from(from.get(), 100).count, 4u);
    EXPECT_EQ(pipe.take(), " two");
}

TEST_F(Pipe, TakesNothingMoreBeforeItIsEmpty) {
    sender->send("one two");
    ASSERT_EQ(pipe.fill_from(from.get(), 3).count, 3u);
    EXPECT_EQ(pipe.fill_from(from.get(), 100).progress, Progress::want_read);
    EXPECT_EQ(pipe.empty_to(to.get()).count, 3u);
    EXPECT_EQ(reader->receive(), "one");
}

TEST_F(Pipe, KeepsWhatASocketRefuses) {
    Peer filler(to.release());
    const std::size_t noise = filler.fill();
    sender->send("kept");
    ASSERT_EQ(pipe.fill_from(from.get(), 100).count, 4u);
    const net::Outcome written = pipe.empty_to(filler.descriptor());
    EXPECT_EQ(written.progress, Progress::want_write);
    EXPECT_EQ(written.count, 0u);
    EXPECT_EQ(pipe.take(), "kept");
    EXPECT_EQ(reader->receive().size(), noise);
    EXPECT_EQ(pipe.take(), "");
}

TEST_F(Pipe, IsOfUseAgainAfterASocketThatFails) {
    sender->send("lost");
    reader->close();
    ASSERT_EQ(pipe.fill_from(from.get(), 100).count, 4u);
    const net::Outcome written = pipe.empty_to(to.get());
    EXPECT_EQ(written.progress, Progress::failed);
    EXPECT_EQ(written.error, boost::system::errc::broken_pipe);
    EXPECT_EQ(pipe.take(), "lost");
    sender->send("next");
    EXPECT_EQ(pipe.fill_from(from.get(), 100).count, 4u);
    EXPECT_EQ(pipe.take(), "next");
}

TEST_F(Pipe, LeavesNothingAndTheEndToRecv) {
    EXPECT_EQ(pipe.fill_from(from.get(), 100).progress, Progress::want_read);
    sender->shutdown_write();
    EXPECT_EQ(pipe.fill_from(from.get(), 100).progress, Progress::want_read);
}

// The kernel tells the error of a socket once.
TEST_F(Pipe, TellsTheErrorOfASocket) {
    ASSERT_EQ(::send(from.get(), "unread", 6, 0), 6);
    sender->close();
    const net::Outcome filled = pipe.fill_from(from.get(), 100);
    EXPECT_EQ(filled.progress, Progress::failed);
    EXPECT_EQ(filled.error, boost::system::errc::connection_reset);
}

TEST_F(Pipe, LeavesToRecvWhatTheKernelDoesNotMove) {
    const net::Descriptor counter(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
    EXPECT_EQ(pipe.fill_from(counter.get(), 100).progress, Progress::want_read);
    sender->send("moved");
    EXPECT_EQ(pipe.fill_from(from.get(), 100).count, 5u);
}

TEST_F(Pipe, ATransportLooksWithoutTaking) {
    net::Transport transport(std::move(from));
    std::string room(4, '\0');
    EXPECT_EQ(transport.peek(room.data(), room.size()).progress, Progress::want_read);
    sender->send("head and more");
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(transport.peek(room.data(), room.size()).count, 4u);
        EXPECT_EQ(room, "head");
    }
    EXPECT_EQ(transport.read(pipe, 4).count, 4u);
    EXPECT_EQ(pipe.take(), "head");
}

}  // namespace
}  // namespace net_tests
