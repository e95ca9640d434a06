// Tunnels over socket pairs: bytes, half-close, backpressure, ends, and what is recorded.
#include "proxy/tunnel/relay.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/tls_fixture.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/upstream/endpoints.hpp"

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;
using net_tests::Peer;
using proxy::tunnel::Loss;
using proxy::tunnel::Tunnel;
using testing::HasSubstr;
using testing::IsEmpty;

// The two far ends of a tunnel.
struct Ends {
    Peer client;
    Peer upstream;
};

class Relay : public testing::Test {
  protected:
    Relay() { loop.turn(); }

    Ends open(Tunnel tunnel = {}) {
        auto [client, far_client] = net_tests::socket_pair();
        auto [upstream, far_upstream] = net_tests::socket_pair();
        near_client = client.get();
        near_upstream = upstream.get();
        tunnel.client = net::Transport(std::move(client));
        tunnel.upstream = net::Transport(std::move(upstream));
        relay.adopt(std::move(tunnel));
        loop.turn();
        return {Peer(far_client.release()), Peer(far_upstream.release())};
    }

    Tunnel recorded() {
        Tunnel tunnel;
        const auto logs = std::make_shared<proxy::observe::AccessLogs>(
            proxy::observe::AccessLogs{*proxy::observe::LogFile::open(folder / "access.log")});
        tunnel.record = {logs, "192.0.2.7", "GET /ws HTTP/1.1", "", ""};
        tunnel.lease = *upstream::Lease::take(endpoint, net::Clock::now());
        return tunnel;
    }

    std::string record() const { return content_of(folder / "access.log"); }

    // Sends a text at a pace that the relay can follow, while the other end reads.
    std::string carry(Peer& from, Peer& to, const std::string& text) {
        std::string received;
        for (std::size_t at = 0; at < text.size(); at += 4096) {
            from.send(std::string_view(text).substr(at, 4096));
            loop.turn();
            received += to.receive();
        }
        return received;
    }

    static bool may_be_picked(const upstream::Endpoint& endpoint) {
        return endpoint.eligible(net_tests::FakeClock::now());
    }

    int near_client = -1;  // the relay's descriptors in the tunnel opened last
    int near_upstream = -1;
    TemporaryFolder folder;
    std::shared_ptr<upstream::LivePool> pool = std::make_shared<upstream::LivePool>();
    std::shared_ptr<upstream::Endpoint> endpoint =
        upstream_tests::make_endpoint(upstream_tests::settings(1), 0, pool);
    net_tests::Loop loop;
    proxy::tunnel::Relay relay{loop.executor(), loop.deadlines()};
};

TEST_F(Relay, MovesBytesBothWays) {
    Ends ends = open();
    ends.client.send("ping");
    ends.upstream.send("pong");
    loop.turn();
    EXPECT_EQ(ends.upstream.receive(), "ping");
    EXPECT_EQ(ends.client.receive(), "pong");
}

TEST_F(Relay, MovesManyBytesUnchanged) {
    Ends ends = open();
    std::string text;
    for (int i = 0; i < 300'000; ++i) text += static_cast<char>(i * 7 + i / 256);
    EXPECT_TRUE(carry(ends.client, ends.upstream, text) == text);
    EXPECT_TRUE(carry(ends.upstream, ends.client, text) == text);
}

TEST_F(Relay, PassesUnreadBytesOnFirst) {
    Tunnel tunnel;
    tunnel.unread_from_client = "early ";
    tunnel.unread_from_upstream = "hello ";
    Ends ends = open(std::move(tunnel));
    ends.client.send("late");
    ends.upstream.send("world");
    loop.turn();
    EXPECT_EQ(ends.upstream.receive(), "early late");
    EXPECT_EQ(ends.client.receive(), "hello world");
}

TEST_F(Relay, PassesOnMoreUnreadBytesThanTheSocketTakes) {
    Tunnel tunnel;
    tunnel.unread_from_client = std::string(2'000'000, 'u');
    Ends ends = open(std::move(tunnel));
    ends.client.send("end");
    std::string received;
    for (std::string some; !(some = ends.upstream.receive()).empty(); loop.turn()) received += some;
    EXPECT_EQ(received.size(), 2'000'003u);
    EXPECT_TRUE(received.ends_with("uuuend"));
}

TEST_F(Relay, ServesMoreTunnelsThanOneBatchHolds) {
    std::vector<Ends> all;
    for (int i = 0; i < 300; ++i) all.push_back(open());
    for (Ends& ends : all) ends.client.send("x");
    for (Ends& ends : all) ends.upstream.send("y");
    loop.turn();
    for (Ends& ends : all) {
        EXPECT_EQ(ends.upstream.receive(), "x");
        EXPECT_EQ(ends.client.receive(), "y");
    }
    EXPECT_EQ(relay.size(), 300u);
}

TEST_F(Relay, PassesAHalfCloseOfTheClientOnAfterItsLastByte) {
    Ends ends = open();
    ends.client.send("last");
    ends.client.shutdown_write();
    loop.turn();
    EXPECT_EQ(ends.upstream.receive(), "last");
    EXPECT_TRUE(ends.upstream.ended());
    ends.upstream.send("answer");
    loop.turn();
    EXPECT_EQ(ends.client.receive(), "answer");
    EXPECT_FALSE(ends.client.ended());
    EXPECT_EQ(relay.size(), 1u);
}

TEST_F(Relay, PassesAHalfCloseOfTheUpstreamOnAfterItsLastByte) {
    Ends ends = open();
    ends.upstream.send("last");
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(ends.client.receive(), "last");
    EXPECT_TRUE(ends.client.ended());
    ends.client.send("answer");
    loop.turn();
    EXPECT_EQ(ends.upstream.receive(), "answer");
    EXPECT_EQ(relay.size(), 1u);
}

TEST_F(Relay, PassesAHalfCloseOnOnlyWhenTheSlowSideHasTakenEverything) {
    Ends ends = open();
    std::size_t sent = 0;
    for (std::size_t some = 1; some > 0; sent += some) {
        some = ends.upstream.fill();
        loop.turn();
    }
    ends.upstream.shutdown_write();
    loop.turn();
    std::size_t received = 0;
    for (std::string some; !(some = ends.client.receive()).empty(); loop.turn()) {
        received += some.size();
        EXPECT_TRUE(received == sent || !ends.client.ended());
    }
    EXPECT_EQ(received, sent);
    EXPECT_TRUE(ends.client.ended());
    EXPECT_EQ(relay.size(), 1u);
}

TEST_F(Relay, EndsWhenBothSidesHaveEnded) {
    Ends ends = open();
    ends.client.shutdown_write();
    loop.turn();
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), 0u);
    ends.client.receive();
    EXPECT_TRUE(ends.client.ended());
}

// Two Close frames, and then the server goes first (RFC 6455, section 7.1.1).
class RelayAfterTheClosingHandshake : public Relay, public testing::WithParamInterface<bool> {
  protected:
    static constexpr std::string_view client_close{"\x88\x82\0\0\0\0\x03\xE8", 8};
    static constexpr std::string_view server_close{"\x88\x02\x03\xE8", 4};

    Ends open_websocket(bool is_websocket = true) {
        Tunnel tunnel = recorded();
        tunnel.is_websocket = is_websocket;
        return open(std::move(tunnel));
    }

    void close_from(Peer& peer, std::string_view frame) {
        peer.send(frame);
        loop.turn();
    }
};
INSTANTIATE_TEST_SUITE_P(BegunBy, RelayAfterTheClosingHandshake, testing::Bool(),
                         [](const auto& row) { return std::string(row.param ? "Client" : "Upstream"); });

TEST_P(RelayAfterTheClosingHandshake, ClosesBothSocketsWhenOneSideEnds) {
    Ends ends = open_websocket();
    if (GetParam()) close_from(ends.client, client_close);
    close_from(ends.upstream, server_close);
    if (!GetParam()) close_from(ends.client, client_close);
    EXPECT_EQ(relay.size(), 1u);
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_EQ(ends.client.receive(), server_close);
    EXPECT_TRUE(ends.client.ended());
    EXPECT_EQ(ends.upstream.receive(), client_close);
    EXPECT_TRUE(ends.upstream.ended());
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"eof\""));
}

TEST_F(RelayAfterTheClosingHandshake, EndsTheClientAtOnceAndWaitsForTheUpstream) {
    Ends ends = open_websocket();
    close_from(ends.client, client_close);
    close_from(ends.upstream, server_close);
    EXPECT_EQ(ends.client.receive(), server_close);
    EXPECT_TRUE(ends.client.ended());
    EXPECT_EQ(ends.upstream.receive(), client_close);
    EXPECT_FALSE(ends.upstream.ended());
}

// Both Close frames come among so many messages that they are read together, and then written.
TEST_F(RelayAfterTheClosingHandshake, EndsTheClientAlsoWhereTheUpstreamHasNoRoom) {
    std::vector<Ends> others;
    for (int i = 0; i < 10; ++i) others.push_back(open());
    Ends ends = open_websocket();
    for (Ends& other : others) other.client.send("short");
    const std::size_t noise = net_tests::stuff(near_upstream);
    ends.client.send(client_close);
    close_from(ends.upstream, server_close);
    EXPECT_EQ(ends.client.receive(), server_close);
    EXPECT_TRUE(ends.client.ended());
    EXPECT_EQ(ends.upstream.receive().size(), noise);
    loop.turn();
    EXPECT_EQ(ends.upstream.receive(), client_close);
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), others.size());
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"eof\""));
}

TEST_F(RelayAfterTheClosingHandshake, EndsTheClientWhenTheUpstreamDoesWhereThatHadNoRoomBefore) {
    Ends ends = open_websocket();
    const std::size_t noise = net_tests::stuff(near_upstream);
    close_from(ends.client, client_close);
    close_from(ends.upstream, server_close);
    EXPECT_EQ(ends.client.receive(), server_close);
    EXPECT_FALSE(ends.client.ended());
    EXPECT_EQ(ends.upstream.receive().size(), noise);
    loop.turn();
    EXPECT_EQ(ends.upstream.receive(), client_close);
    ends.upstream.shutdown_write();
    loop.turn();
    ends.client.receive();
    EXPECT_TRUE(ends.client.ended());
    EXPECT_EQ(relay.size(), 0u);
}

// RFC 6455, section 5.5.2: a Ping is answered until a Close frame has been received.
TEST_F(RelayAfterTheClosingHandshake, MayBeFollowedByAPong) {
    static constexpr std::string_view pong{"\x8A\x80\0\0\0\0", 6};
    Ends ends = open_websocket();
    close_from(ends.client, client_close);
    close_from(ends.upstream, server_close);
    close_from(ends.client, pong);
    EXPECT_EQ(ends.client.receive(), server_close);
    EXPECT_EQ(relay.size(), 1u);
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"eof\""));
}

TEST_F(RelayAfterTheClosingHandshake, BlamesNoEndpointForAReset) {
    pool->count_early_resets(1h);
    Ends ends = open_websocket();
    close_from(ends.client, client_close);
    close_from(ends.upstream, server_close);
    ends.upstream.close();  // with the client's frame unread
    loop.turn();
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"Connection reset by peer\""));
    EXPECT_TRUE(may_be_picked(*endpoint));
}

TEST_F(RelayAfterTheClosingHandshake, LeavesTheEndToTheUpstreamThatHasBegunIt) {
    Ends ends = open_websocket();
    close_from(ends.upstream, server_close);
    close_from(ends.client, client_close);
    EXPECT_EQ(ends.client.receive(), server_close);
    EXPECT_FALSE(ends.client.ended());
    EXPECT_EQ(ends.upstream.receive(), client_close);
    EXPECT_FALSE(ends.upstream.ended());
}

TEST_F(RelayAfterTheClosingHandshake, DropsWhatTheUpstreamSaysAfterIt) {
    Ends ends = open_websocket();
    close_from(ends.client, client_close);
    close_from(ends.upstream, server_close);
    const std::string large_frame = std::string("\x82\x7F\0\0\0\0\0\1\0\0", 10) + std::string(65536, 'x');
    for (int i = 0; i < 2; ++i) close_from(ends.upstream, large_frame);
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(ends.client.receive(), server_close);
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"eof\""));
}

TEST_F(RelayAfterTheClosingHandshake, SendsNoEndBeforeAFrameThatTheClientHasRefused) {
    Ends ends = open_websocket();
    const std::size_t noise = net_tests::stuff(near_client);
    close_from(ends.client, client_close);
    close_from(ends.upstream, server_close);
    EXPECT_EQ(ends.client.receive().size(), noise);
    EXPECT_FALSE(ends.client.ended());
    loop.turn();
    EXPECT_EQ(ends.client.receive(), server_close);
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), 0u);
}

TEST_F(RelayAfterTheClosingHandshake, IsNotTakenToBeOverWhileOneCloseFrameIsMissing) {
    Ends ends = open_websocket();
    close_from(ends.upstream, server_close);
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), 1u);
    close_from(ends.client, client_close);
    EXPECT_EQ(ends.upstream.receive(), client_close);
}

TEST_F(RelayAfterTheClosingHandshake, IsNotLookedForInAnotherProtocol) {
    Ends ends = open_websocket(false);
    close_from(ends.client, client_close);
    close_from(ends.upstream, server_close);
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), 1u);
}

TEST_F(RelayAfterTheClosingHandshake, MayHaveBegunInTheBytesBehindTheUpgrade) {
    Tunnel tunnel = recorded();
    tunnel.is_websocket = true;
    tunnel.unread_from_client = client_close;
    tunnel.unread_from_upstream = server_close;
    Ends ends = open(std::move(tunnel));
    ends.upstream.shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_EQ(ends.upstream.receive(), client_close);
}

TEST_F(Relay, PausesTheSenderOfASlowReader) {
    Ends ends = open();
    std::size_t sent = 0;
    int rounds = 0;
    for (std::size_t some = 1; some > 0 && rounds < 100; ++rounds, sent += some) {
        some = ends.upstream.fill();
        loop.turn();
    }
    // Four socket buffers and what one read took; without a pause it would never end.
    EXPECT_LT(rounds, 100);
    EXPECT_LT(sent, 4u * 1024 * 1024);
    ends.client.send("the other way is open");
    loop.turn();
    EXPECT_EQ(ends.upstream.receive(), "the other way is open");

    std::size_t received = 0;
    for (std::string some; !(some = ends.client.receive()).empty(); loop.turn()) received += some.size();
    EXPECT_EQ(received, sent);
    ends.upstream.send("and it goes on");
    loop.turn();
    EXPECT_EQ(ends.client.receive(), "and it goes on");
}

TEST_F(Relay, KeepsAShortMessageForWhichThereIsNoRoom) {
    Ends ends = open();
    Ends other = open();
    const std::size_t noise = net_tests::stuff(near_upstream);
    other.client.send("short");
    ends.client.send("another");
    loop.turn();
    EXPECT_EQ(ends.upstream.receive(), "another");
    EXPECT_EQ(relay.paused(), 1u);
    EXPECT_EQ(other.upstream.receive().size(), noise);
    loop.turn();
    EXPECT_EQ(other.upstream.receive(), "short");
    EXPECT_EQ(relay.paused(), 0u);
}

TEST_F(Relay, OneThatFailsTakesNothingFromTheOthers) {
    std::vector<Ends> all;
    for (int i = 0; i < 3; ++i) all.push_back(open());
    all[1].client.close();
    for (Ends& ends : all) ends.upstream.send("x");
    loop.turn();
    EXPECT_EQ(all[0].client.receive(), "x");
    EXPECT_EQ(all[2].client.receive(), "x");
    EXPECT_EQ(relay.size(), 2u);
}

TEST_F(Relay, CountsATunnelThatWaitsForItsReader) {
    Ends ends = open(recorded());
    Ends other = open();
    EXPECT_EQ(relay.paused(), 0u);
    for (Peer* sender : {&ends.upstream, &ends.client})
        for (std::size_t some = 1; some > 0;) {
            some = sender->fill();
            loop.turn();
        }
    EXPECT_EQ(relay.paused(), 1u) << "both of its directions are, and it counts once";
    loop.expire(1s);
    for (Peer* reader : {&ends.client, &ends.upstream}) {
        EXPECT_EQ(relay.paused(), 1u);
        while (!reader->receive().empty()) loop.turn();
    }
    EXPECT_EQ(relay.paused(), 0u);
    loop.expire(1s);
    relay.close_all("shutdown");
    EXPECT_THAT(record(), HasSubstr("duration=2.000"));
    EXPECT_THAT(record(), HasSubstr("paused=1.000"));
}

TEST_F(Relay, CountsNoPausedTunnelThatHasEnded) {
    Ends ends = open(recorded());
    for (std::size_t some = 1; some > 0;) {
        some = ends.upstream.fill();
        loop.turn();
    }
    EXPECT_EQ(relay.paused(), 1u);
    loop.expire(3s);
    relay.close_all("shutdown");
    EXPECT_EQ(relay.paused(), 0u);
    EXPECT_THAT(record(), HasSubstr("paused=3.000"));
}

// A tunnel with TLS towards the client, whose end of the session is used by hand.
class SecuredRelay : public Relay {
  protected:
    SecuredRelay() {
        net_tests::TlsPair pair = contexts.connect();
        auto [upstream, far_upstream] = net_tests::socket_pair();
        Tunnel tunnel = recorded();
        near = pair.server_descriptor.get();
        tunnel.client = net::Transport(std::move(pair.server_descriptor), std::move(pair.server));
        tunnel.upstream = net::Transport(std::move(upstream));
        client = net::Transport(std::move(pair.client_descriptor), std::move(pair.client));
        far = std::make_unique<Peer>(far_upstream.release());
        relay.adopt(std::move(tunnel));
        loop.turn();
        drain();  // the tickets of TLS 1.3
    }

    // Takes what stuff() has sent from the client's socket, before TLS sees it.
    void take_noise(std::size_t size) {
        std::string buffer(size, '\0');
        for (std::size_t at = 0; at < size;) {
            const ssize_t count = ::recv(client.descriptor(), buffer.data() + at, size - at, 0);
            ASSERT_GT(count, 0);
            at += static_cast<std::size_t>(count);
        }
        loop.turn();
    }

    // Sends to the client until everything on the way is full.
    std::size_t fill() {
        std::size_t sent = 0;
        for (std::size_t some = 1; some > 0; sent += some) {
            some = far->fill();
            loop.turn();
        }
        return sent;
    }

    // What the client reads until it would wait, and whether it has met close_notify.
    std::size_t drain() {
        std::string buffer(65536, '\0');
        for (std::size_t total = 0;;) {
            const net::Outcome outcome = client.read(buffer.data(), buffer.size());
            if (outcome.progress == net::Progress::ended) notified = true;
            if (outcome.progress != net::Progress::done) return total;
            total += outcome.count;
            loop.turn();
        }
    }

    net_tests::TlsContexts contexts;
    net::Transport client;
    int near = -1;  // the relay's descriptor towards the client
    std::unique_ptr<Peer> far;
    bool notified = false;
};

TEST_F(SecuredRelay, SendsCloseNotifyAfterWhatASlowReaderHasRefused) {
    const std::size_t sent = fill();
    far->shutdown_write();
    loop.turn();
    EXPECT_EQ(drain(), sent);
    EXPECT_TRUE(notified);
    EXPECT_EQ(relay.size(), 1u) << "the client has not ended";
}

TEST_F(SecuredRelay, KeepsTheOrderOfShortAndLongMessagesAndTheEnd) {
    const std::string longer(16 * 1024, 'l');
    for (const std::string_view text : {std::string_view("short "), std::string_view(longer), std::string_view(" end")})
        client.write(text);
    client.end_writing();
    loop.turn();
    EXPECT_EQ(far->receive(), "short " + longer + " end");
    EXPECT_TRUE(far->ended());
}

TEST_F(SecuredRelay, WaitsWithCloseNotifyForRoomInTheSocket) {
    const std::size_t noise = net_tests::stuff(near);
    far->shutdown_write();
    loop.turn();
    take_noise(noise);
    EXPECT_EQ(drain(), 0u);
    EXPECT_TRUE(notified);
    EXPECT_EQ(relay.size(), 1u) << "the client has not ended";
    client.write("still here");
    loop.turn();
    EXPECT_EQ(far->receive(), "still here");
}

TEST_F(SecuredRelay, DoesNotEndBeforeTheLastCloseNotifyHasLeft) {
    client.end_writing();
    loop.turn();
    const std::size_t noise = net_tests::stuff(near);
    far->shutdown_write();
    loop.turn();
    EXPECT_EQ(relay.size(), 1u);
    take_noise(noise);
    EXPECT_EQ(relay.size(), 0u);
    drain();
    EXPECT_TRUE(notified);
    EXPECT_THAT(record(), HasSubstr("closed_by=client reason=\"eof\""));
}

TEST_F(Relay, EndsWhenASideIsReset) {
    Ends ends = open(recorded());
    ends.client.send("unread");
    loop.turn();
    ends.upstream.close();  // with unread bytes: the kernel resets the connection
    loop.turn();
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"Connection reset by peer\""));
    ends.client.receive();
    EXPECT_TRUE(ends.client.ended());
}

TEST_F(Relay, DeliversTheLastWordsOfASideThatResets) {
    Ends ends = open();
    ends.client.send("unread");
    loop.turn();
    ends.upstream.send("last words");
    ends.upstream.close();
    loop.turn();
    EXPECT_EQ(ends.client.receive(), "last words");
}

TEST_F(Relay, EndsWhenASideTakesNoMore) {
    Ends ends = open(recorded());
    ends.client.close();
    ends.upstream.send("x");
    loop.turn();
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_THAT(record(), HasSubstr("closed_by=client"));
}

Tunnel with_idle_timeout(net::Duration timeout, Tunnel tunnel = {}) {
    tunnel.idle_timeout = timeout;
    return tunnel;
}

TEST_F(Relay, EndsAnIdleTunnel) {
    Ends ends = open(with_idle_timeout(1min, recorded()));
    loop.expire(1min);
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_THAT(record(), HasSubstr("duration=60.000 received=0 sent=0 closed_by=proxy reason=\"idle timeout\""));
    ends.client.receive();
    EXPECT_TRUE(ends.client.ended());
    ends.upstream.receive();
    EXPECT_TRUE(ends.upstream.ended());
}

TEST_F(Relay, BytesOfEitherSideKeepATunnelOpen) {
    Ends ends = open(with_idle_timeout(1min));
    for (int i = 0; i < 4; ++i) {
        loop.expire(40s);
        ASSERT_EQ(relay.size(), 1u);
        (i % 2 == 0 ? ends.client : ends.upstream).send("x");
        loop.turn();
    }
    loop.expire(1min);
    EXPECT_EQ(relay.size(), 0u);
}

TEST_F(Relay, AnExceptionEndsItsTunnelAlone) {
    Ends ends = open(with_idle_timeout(1min, recorded()));
    Ends other = open();
    loop.deadlines().on_earlier([](net::TimePoint) { throw std::runtime_error("out of something"); });
    loop.expire(-1s);  // so that arming again moves the deadline to the front, which calls that
    ends.client.send("x");
    other.client.send("y");
    loop.turn();
    EXPECT_EQ(relay.size(), 1u);
    EXPECT_THAT(record(), HasSubstr("closed_by=proxy reason=\"exception\""));
    EXPECT_EQ(other.upstream.receive(), "y");
}

TEST_F(Relay, WithoutAnIdleTimeoutWaitsForever) {
    const Ends ends = open();
    loop.expire(24h * 365);
    EXPECT_EQ(relay.size(), 1u);
}

TEST_F(Relay, EndsAStuckTunnelByItsIdleTimeout) {
    Ends ends = open(with_idle_timeout(1min));
    for (std::size_t some = 1; some > 0;) {
        some = ends.upstream.fill();
        loop.turn();
    }
    loop.expire(1min);
    EXPECT_EQ(relay.size(), 0u);
}

TEST_F(Relay, ClosesAllForAReason) {
    Ends first = open(recorded());
    Ends second = open();
    relay.close_all("shutdown");
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_THAT(record(), HasSubstr("closed_by=proxy reason=\"shutdown\""));
    for (Peer* peer : {&first.client, &first.upstream, &second.client, &second.upstream}) {
        peer->receive();
        EXPECT_TRUE(peer->ended());
    }
    loop.turn();
}

TEST_F(Relay, RecordsWhatItMoved) {
    Tunnel tunnel = recorded();
    tunnel.unread_from_client = "12345";
    Ends ends = open(std::move(tunnel));
    ends.client.send("678");
    ends.upstream.send("answer");
    loop.turn();
    loop.expire(1500ms);
    EXPECT_THAT(record(), IsEmpty());
    ends.client.shutdown_write();
    loop.turn();
    ends.upstream.close();
    loop.turn();
    EXPECT_THAT(record(), HasSubstr("192.0.2.7 - - ["));
    EXPECT_THAT(record(), HasSubstr("\"GET /ws HTTP/1.1\" 101 6 \"-\" \"-\" duration=1.500 received=8 sent=6 "));
    EXPECT_THAT(record(), HasSubstr("upstream=127.0.0.1:7000 paused=0.000\n"));
}

TEST_F(Relay, NamesTheSideThatEndedFirst) {
    Ends ends = open(recorded());
    ends.upstream.shutdown_write();
    loop.turn();
    ends.client.shutdown_write();
    loop.turn();
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"eof\""));
}

TEST_F(Relay, GivesTheLeaseAndTheAdmissionBack) {
    Tunnel tunnel = recorded();
    const auto place = std::make_shared<int>(0);
    tunnel.admission = place;
    const Ends ends = open(std::move(tunnel));
    EXPECT_EQ(endpoint->leases(), 1u);
    EXPECT_EQ(place.use_count(), 2);
    relay.close_all("shutdown");
    EXPECT_EQ(endpoint->leases(), 0u);
    EXPECT_EQ(place.use_count(), 1);
}

TEST_F(Relay, ClosesTheTunnelsOfOneEndpointAtOnce) {
    const auto other = upstream_tests::make_endpoint(upstream_tests::settings(1), 1);
    Ends going = open(recorded());
    Tunnel elsewhere = recorded();
    elsewhere.lease = *upstream::Lease::take(other, net::Clock::now());
    Ends staying = open(std::move(elsewhere));
    const Ends without_lease = open();
    relay.close_tunnels_of(endpoint, 0s, Loss::marked_down);
    EXPECT_EQ(relay.size(), 2u);
    EXPECT_EQ(other->leases(), 1u);
    EXPECT_THAT(record(), HasSubstr("closed_by=proxy reason=\"endpoint marked down\""));
    EXPECT_EQ(endpoint->leases(), 0u);
}

TEST_F(Relay, ClosesThemEvenlyOverATime) {
    std::vector<Ends> all;
    for (int i = 0; i < 100; ++i) all.push_back(open(recorded()));
    relay.close_tunnels_of(endpoint, 10s, Loss::removed);
    EXPECT_EQ(relay.size(), 100u);
    for (int i = 0; i < 50; ++i) loop.expire(100ms);
    EXPECT_EQ(relay.size(), 50u);
    for (int i = 0; i < 50; ++i) loop.expire(100ms);
    EXPECT_EQ(relay.size(), 0u);
}

TEST_F(Relay, KeepsTheRestWhenTheEndpointReturns) {
    std::vector<Ends> all;
    for (int i = 0; i < 100; ++i) all.push_back(open(recorded()));
    relay.close_tunnels_of(endpoint, 10s, Loss::removed);
    for (int i = 0; i < 20; ++i) loop.expire(100ms);
    const std::size_t left = relay.size();
    EXPECT_LT(left, 90u);
    relay.keep_tunnels_of(*endpoint);
    for (int i = 0; i < 100; ++i) loop.expire(100ms);
    EXPECT_EQ(relay.size(), left);
}

TEST_F(Relay, LeavesATunnelThatBeganAfterTheOrder) {
    const Ends before = open(recorded());
    relay.close_tunnels_of(endpoint, 10s, Loss::removed);
    loop.expire(1ms);
    const Ends after = open(recorded());
    for (int i = 0; i < 110; ++i) loop.expire(100ms);
    EXPECT_EQ(relay.size(), 1u);
    EXPECT_THAT(record(), HasSubstr("duration=10."));
}

// By a reload that takes the check away, or a smaller pool that can spare nobody: there is no order about those.
TEST_F(Relay, KeepsTheRestWhenChecksShutTheEndpointOutNoMore) {
    using Result = upstream::ActiveHealth::Result;
    endpoint->probed(0, Result::failed, {1, 1}, net_tests::FakeClock::now());
    std::vector<Ends> all;
    for (int i = 0; i < 100; ++i) all.push_back(open(recorded()));
    relay.close_tunnels_of(endpoint, 10s, Loss::unhealthy);
    for (int i = 0; i < 20; ++i) loop.expire(100ms);
    const std::size_t left = relay.size();
    EXPECT_LT(left, 90u);
    EXPECT_GT(left, 70u);
    EXPECT_THAT(record(), HasSubstr("reason=\"endpoint unhealthy\""));
    endpoint->spare();
    for (int i = 0; i < 100; ++i) loop.expire(100ms);
    EXPECT_EQ(relay.size(), left);
}

TEST_F(Relay, LetsAnEndpointGoWhoseTunnelsAreClosed) {
    std::shared_ptr<upstream::Endpoint> other = upstream_tests::make_endpoint(upstream_tests::settings(1), 1);
    const std::weak_ptr<upstream::Endpoint> seen = other;
    Tunnel tunnel = recorded();
    tunnel.lease = *upstream::Lease::take(other, net::Clock::now());
    const Ends ends = open(std::move(tunnel));
    relay.close_tunnels_of(std::exchange(other, nullptr), 10s, Loss::removed);
    loop.expire(5s);
    EXPECT_FALSE(seen.expired());
    loop.expire(5s);
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_TRUE(seen.expired());
}

TEST_F(Relay, BlamesAnEndpointThatResetsATunnelAtOnce) {
    pool->count_early_resets(1h);
    Ends ends = open(recorded());
    ends.client.send("unread");
    loop.turn();
    ends.upstream.close();
    loop.turn();
    EXPECT_THAT(record(), HasSubstr("reason=\"Connection reset by peer\""));
    EXPECT_FALSE(may_be_picked(*endpoint));
}

TEST_F(Relay, BlamesNoEndpointForWhatAClientSendsAfterItHasEnded) {
    pool->count_early_resets(1h);
    Ends ends = open(recorded());
    ends.upstream.close();
    loop.turn();
    ends.client.send("too late");
    loop.turn();
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"Broken pipe\""));
    EXPECT_TRUE(may_be_picked(*endpoint));
}

TEST_F(Relay, BlamesNoEndpointThatResetsWhatItsClientHasEnded) {
    pool->count_early_resets(1h);
    Ends ends = open(recorded());
    ends.client.send("unread");
    ends.client.shutdown_write();
    loop.turn();
    ends.upstream.close();
    loop.turn();
    EXPECT_THAT(record(), HasSubstr("closed_by=upstream reason=\"Connection reset by peer\""));
    EXPECT_TRUE(may_be_picked(*endpoint));
}

TEST_F(Relay, AdoptsATunnelThatIsOverAlready) {
    auto [client, far_client] = net_tests::socket_pair();
    auto [upstream, far_upstream] = net_tests::socket_pair();
    far_client.reset();
    far_upstream.reset();
    Tunnel tunnel = recorded();
    tunnel.client = net::Transport(std::move(client));
    tunnel.upstream = net::Transport(std::move(upstream));
    tunnel.unread_from_client = "nobody takes this";
    relay.adopt(std::move(tunnel));
    loop.turn();
    EXPECT_EQ(relay.size(), 0u);
    EXPECT_EQ(endpoint->leases(), 0u);
}

}  // namespace
}  // namespace proxy_tests
