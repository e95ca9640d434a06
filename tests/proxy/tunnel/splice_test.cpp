// Large frames, which pass a tunnel without being copied: every byte, in order, and whatever becomes of their reader.
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include <gtest/gtest.h>

#include "proxy/tunnel/relay.hpp"
#include "proxy/websocket/frame.hpp"
#include "tests/net/listening.hpp"
#include "tests/support/temporary_folder.hpp"

namespace proxy_tests {
namespace {

using net_tests::Peer;
using proxy::tunnel::Tunnel;
using proxy::websocket::client_frame;
using proxy::websocket::Opcode;

struct Ends {
    Peer client;
    Peer upstream;
};

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 253);
    return text;
}

std::string frame_of(std::size_t size) { return client_frame(Opcode::binary, pattern(size), {1, 2, 3, 4}); }

const std::string client_close = client_frame(Opcode::close, "", {1, 2, 3, 4});
const std::string server_close("\x88\0", 2);

class Splice : public testing::Test {
  protected:
    Splice() {
        std::signal(SIGPIPE, SIG_IGN);
        loop.turn();
    }

    using Sockets = std::pair<net::Descriptor, net::Descriptor> (*)();

    Ends open(bool is_websocket = true, Sockets sockets = net_tests::tcp_pair) {
        auto [client, far_client] = sockets();
        auto [upstream, far_upstream] = sockets();
        near_upstream = upstream.get();
        Tunnel tunnel;
        const auto logs = std::make_shared<proxy::observe::AccessLogs>(
            proxy::observe::AccessLogs{*proxy::observe::LogFile::open(folder / "access.log")});
        tunnel.record = {logs, "192.0.2.7", "GET /ws HTTP/1.1", "", ""};
        tunnel.is_websocket = is_websocket;
        tunnel.client = net::Transport(std::move(client));
        tunnel.upstream = net::Transport(std::move(upstream));
        relay.adopt(std::move(tunnel));
        loop.turn();
        return {Peer(far_client.release()), Peer(far_upstream.release())};
    }

    // Whose client has shown by now that its frames are large.
    Ends open_for(const std::string& frame) {
        Ends ends = open();
        EXPECT_TRUE(carry(ends.client, ends.upstream, frame, frame.size()) == frame);
        return ends;
    }

    // Sends `text` in pieces of that size, while the other end reads all of it.
    std::string carry(Peer& from, Peer& to, std::string_view text, std::size_t piece) {
        std::string received;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            const std::string_view some = text.substr(at, piece);
            from.send(some);
            receive(to, received, at + some.size());
        }
        return received;
    }

    // Until so many tunnels are left.
    void settle(std::size_t tunnels) {
        for (int turns = 0; turns < 1000 && relay.size() > tunnels; ++turns) loop.turn();
        ASSERT_EQ(relay.size(), tunnels);
    }

    // Until there is so much, or the end. The kernel may take its time, but not forever.
    void receive(Peer& to, std::string& received, std::size_t size) {
        for (int idle = 0; received.size() < size && !to.ended() && idle < 100'000; ++idle) {
            loop.turn();
            const std::string some = to.receive();
            if (!some.empty()) idle = 0;
            received += some;
        }
    }

    int near_upstream = -1;  // the relay's descriptor in the tunnel opened last
    TemporaryFolder folder;
    net_tests::Loop loop;
    proxy::tunnel::Relay relay{loop.executor(), loop.deadlines()};
};

TEST_F(Splice, PassesLargeFramesOnWithoutCopyingThem) {
    Ends ends = open();
    for (Peer* from : {&ends.client, &ends.upstream}) {
        Peer& to = from == &ends.client ? ends.upstream : ends.client;
        const std::uint64_t before = relay.spliced();
        const std::string frame = frame_of(64 * 1024);
        for (int i = 0; i < 4; ++i) EXPECT_TRUE(carry(*from, to, frame, frame.size()) == frame);
        EXPECT_GT(relay.spliced(), before + 2 * frame.size()) << "the first one shows that they are large";
    }
}

TEST_F(Splice, CopiesShortFrames) {
    Ends ends = open();
    std::string frames;
    while (frames.size() < 64 * 1024) frames += frame_of(1000);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(carry(ends.client, ends.upstream, frames, frames.size()) == frames);
    EXPECT_EQ(relay.spliced(), 0u);
}

TEST_F(Splice, KnowsNoFramesInAnotherProtocol) {
    Ends ends = open(false);
    const std::string text = pattern(300'000);
    EXPECT_TRUE(carry(ends.client, ends.upstream, text, 100'000) == text);
    EXPECT_GT(relay.spliced(), 0u);
}

// What is followed from beside the frames still ends the tunnel after the two Close frames (RFC 6455, section 7.1.1).
TEST_F(Splice, SeesTheCloseFramesBehindFramesOfAnySize) {
    std::mt19937 random(2026);
    for (int round = 0; round < 60; ++round) {
        Ends ends = open();
        std::string frames;
        for (int i = 0; i < 8; ++i) frames += frame_of(random() % 4 == 0 ? random() % 200 : random() % 140'000);
        frames += client_close;
        const std::size_t piece = 1 + random() % 100'000;
        ASSERT_TRUE(carry(ends.client, ends.upstream, frames, piece) == frames) << round;
        ASSERT_EQ(carry(ends.upstream, ends.client, server_close, 2), server_close);
        ends.upstream.shutdown_write();
        settle(0);
    }
    EXPECT_GT(relay.spliced(), 0u);
}

TEST_F(Splice, GoesOnBehindUrgentDataInAFrame) {
    const std::string frame = frame_of(100'000);
    Ends ends = open_for(frame);
    // The byte of urgent data is not of the stream.
    ends.client.send(std::string_view(frame).substr(0, 40'000));
    ASSERT_EQ(::send(ends.client.descriptor(), "!", 1, MSG_OOB), 1);
    ends.client.send(std::string_view(frame).substr(40'000));
    std::string received;
    receive(ends.upstream, received, frame.size());
    EXPECT_TRUE(received == frame);
    EXPECT_GT(relay.spliced(), 0u);
}

TEST_F(Splice, PassesOnAnEndInTheMiddleOfAFrame) {
    const std::string frame = frame_of(100'000);
    Ends ends = open_for(frame);
    ends.client.send(std::string_view(frame).substr(0, 60'000));
    ends.client.shutdown_write();
    std::string received;
    receive(ends.upstream, received, 60'001);
    EXPECT_EQ(received.size(), 60'000u);
    EXPECT_GT(relay.spliced(), 0u);
    EXPECT_TRUE(ends.upstream.ended());
}

// The kernel tells of it once, to whatever call asks first.
TEST_F(Splice, KnowsAResetFromAnEnd) {
    const std::string frame = frame_of(100'000);
    for (const Sockets sockets : {&net_tests::tcp_pair, &net_tests::socket_pair})
        for (const bool is_websocket : {true, false})
            for (const std::size_t of_a_frame : {0u, 50'000u}) {
                Ends ends = open(is_websocket, sockets);
                carry(ends.upstream, ends.client, frame, 50'000);
                carry(ends.upstream, ends.client, std::string_view(frame).substr(0, of_a_frame), 50'000);
                ends.client.send("unread");
                loop.turn();
                ends.upstream.close();
                settle(0);
                const std::string record = content_of(folder / "access.log");
                const std::string_view latest = std::string_view(record).substr(record.rfind("closed_by="));
                EXPECT_TRUE(latest.starts_with("closed_by=upstream reason=\"Connection reset by peer\"")) << latest;
            }
    EXPECT_GT(relay.spliced(), 0u);
}

TEST_F(Splice, KeepsWhatASlowReaderRefuses) {
    Ends ends = open();
    const std::string frame = frame_of(200'000);
    std::string sent;
    for (std::size_t at = 0; relay.paused() == 0; at = sent.size() % frame.size()) {
        ASSERT_LT(sent.size(), 100'000'000u);
        const std::string_view some = std::string_view(frame).substr(at, 50'000);
        const ssize_t count = ::send(ends.client.descriptor(), some.data(), some.size(), MSG_NOSIGNAL);
        if (count > 0) sent += some.substr(0, static_cast<std::size_t>(count));
        loop.turn();
    }
    EXPECT_GT(relay.spliced(), 0u);
    std::string received;
    receive(ends.upstream, received, sent.size());
    EXPECT_TRUE(received == sent);
    EXPECT_EQ(relay.paused(), 0u);
}

TEST_F(Splice, CopiesAgainForAReaderThatHasRefused) {
    const std::string frame = frame_of(40'000);
    Ends ends = open_for(frame);
    const std::size_t noise = Peer(::dup(near_upstream)).fill();
    ends.client.send(frame);
    for (int turns = 0; turns < 1000 && relay.paused() == 0; ++turns) loop.turn();
    ASSERT_EQ(relay.paused(), 1u);
    const std::uint64_t before = relay.spliced();
    std::string received;
    receive(ends.upstream, received, noise + frame.size());
    EXPECT_TRUE(received.ends_with(frame));
    EXPECT_TRUE(carry(ends.client, ends.upstream, frame, frame.size()) == frame);
    EXPECT_EQ(relay.spliced(), before);
    EXPECT_TRUE(carry(ends.client, ends.upstream, frame, frame.size()) == frame);
    EXPECT_GT(relay.spliced(), before);
}

TEST_F(Splice, AReaderThatIsGoneLeavesNothingToOthers) {
    const std::string frame = frame_of(100'000);
    Ends other = open_for(frame);
    for (int i = 0; i < 10; ++i) {
        Ends ends = open_for(frame);
        for (int unread = 0; unread < 2; ++unread) {
            loop.turn();
            ends.client.send(frame);
        }
        ends.upstream.close();  // with what it has not read: a reset, of which the event is the second of the batch
        settle(1);
        const std::uint64_t before = relay.spliced();
        ASSERT_TRUE(carry(other.client, other.upstream, frame, frame.size()) == frame);
        EXPECT_GT(relay.spliced(), before);
    }
}

}  // namespace
}  // namespace proxy_tests
