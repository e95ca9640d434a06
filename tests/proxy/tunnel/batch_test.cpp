// Messages of many tunnels that come at the same time, read and written together: each reaches its own reader, whatever becomes
// of the others.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/tunnel/relay.hpp"
#include "tests/net/listening.hpp"
#include "tests/net/rings.hpp"
#include "tests/proxy/captured_errors.hpp"

namespace proxy_tests {
namespace {

using net_tests::Peer;
using proxy::tunnel::Tunnel;
using Way = net::CallBatch::Way;

class Batch : public testing::TestWithParam<Way> {
  protected:
    struct Ends {
        Peer client;
        Peer upstream;
        int near_upstream;  // the relay's descriptor
    };

    Batch() { loop.turn(); }

    using Sockets = std::pair<net::Descriptor, net::Descriptor> (*)();

    void open(std::size_t tunnels, Sockets sockets = tcp_without_delay) {
        for (std::size_t i = 0; i < tunnels; ++i) {
            auto [client, far_client] = sockets();
            auto [upstream, far_upstream] = sockets();
            all.push_back({Peer(far_client.release()), Peer(far_upstream.release()), upstream.get()});
            Tunnel tunnel;
            tunnel.client = net::Transport(std::move(client));
            tunnel.upstream = net::Transport(std::move(upstream));
            relay.adopt(std::move(tunnel));
        }
        loop.turn();
    }

    // As the proxy has it.
    static std::pair<net::Descriptor, net::Descriptor> tcp_without_delay() {
        auto pair = net_tests::tcp_pair();
        const int on = 1;
        EXPECT_EQ(::setsockopt(pair.first.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
        return pair;
    }

    // Of many lengths: some longer than what is read together with others.
    static std::string message(std::size_t tunnel, char direction) {
        return direction + std::to_string(tunnel) + std::string(tunnel * 257, direction);
    }

    void send_both_ways() {
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i].client.send(message(i, 'c'));
            all[i].upstream.send(message(i, 'u'));
        }
    }

    std::string receive(Peer& peer, std::size_t size) {
        std::string received;
        for (int turns = 0; turns < 10'000 && received.size() < size && !peer.ended(); ++turns) {
            loop.turn();
            received += peer.receive();
        }
        return received;
    }

    void expect_both_messages(std::size_t tunnel) {
        SCOPED_TRACE(tunnel);
        Ends& ends = all[tunnel];
        const std::string from_client = message(tunnel, 'c');
        const std::string from_upstream = message(tunnel, 'u');
        EXPECT_TRUE(receive(ends.upstream, from_client.size()) == from_client);
        EXPECT_TRUE(receive(ends.client, from_upstream.size()) == from_upstream);
    }

    net_tests::Loop loop;
    proxy::tunnel::Relay relay{loop.executor(), loop.deadlines(), GetParam()};
    std::vector<Ends> all;
};

INSTANTIATE_TEST_SUITE_P(, Batch, testing::Values(Way::best, Way::one_by_one),
                         [](const auto& each) { return each.param == Way::best ? "Best" : "OneByOne"; });

TEST_P(Batch, BringsEveryMessageToItsReader) {
    open(150);
    for (int round = 0; round < 3; ++round) {
        send_both_ways();
        for (std::size_t i = 0; i < all.size(); ++i) expect_both_messages(i);
    }
    EXPECT_EQ(relay.size(), 150u);
}

TEST_P(Batch, ReadsAndWritesShortMessagesTogether) {
    open(40);
    for (Ends& ends : all) ends.client.send("short");
    for (Ends& ends : all) EXPECT_EQ(receive(ends.upstream, 5), "short");
    EXPECT_EQ(relay.calls().done_together(), relay.calls().refusal() ? 0u : 80u);
}

TEST_P(Batch, ReadsAndWritesAFewOneByOne) {
    open(3);
    for (Ends& ends : all) ends.client.send("short");
    for (Ends& ends : all) EXPECT_EQ(receive(ends.upstream, 5), "short");
    EXPECT_EQ(relay.calls().done_together(), 0u);
}

TEST_P(Batch, GoesOnWithoutItsRingAndSaysSo) {
    open(40);
    const bool had_one = !relay.calls().refusal();
    const CapturedErrors errors;
    net_tests::take_rings_away();
    for (Ends& ends : all) ends.client.send("short");
    for (Ends& ends : all) EXPECT_EQ(receive(ends.upstream, 5), "short");
    EXPECT_EQ(errors.text().find("[alert]") != std::string::npos, had_one);
}

TEST_P(Batch, OutlivesTunnelsThatEndInIt) {
    open(40);
    send_both_ways();
    all[3].client.close();
    all[9].upstream.close();
    all[15].client.close();
    all[15].upstream.close();
    for (std::size_t i = 0; i < all.size(); ++i)
        if (i != 3 && i != 9 && i != 15) expect_both_messages(i);
    all[3].upstream.send("for nobody");
    all[9].client.send("for nobody");
    for (int turns = 0; turns < 10'000 && relay.size() > 37; ++turns) loop.turn();
    EXPECT_EQ(relay.size(), 37u);
}

TEST_P(Batch, PassesOnTheEndsInIt) {
    open(40);
    send_both_ways();
    for (Ends& ends : all) ends.client.shutdown_write();
    for (std::size_t i = 0; i < all.size(); ++i) {
        expect_both_messages(i);
        receive(all[i].upstream, std::string::npos);
        EXPECT_TRUE(all[i].upstream.ended());
        EXPECT_FALSE(all[i].client.ended());
    }
    EXPECT_EQ(relay.size(), 40u);
}

TEST_P(Batch, KeepsWhatOneOfThemRefuses) {
    open(40, net_tests::socket_pair);  // which a reader does not empty behind its back
    const std::size_t noise = net_tests::stuff(all[5].near_upstream);
    for (int again = 0; again < 2; ++again) {
        send_both_ways();
        for (std::size_t i = 0; i < all.size(); ++i)
            if (i != 5) expect_both_messages(i);
    }
    EXPECT_EQ(relay.paused(), 1u);
    const std::string expected = message(5, 'c') + message(5, 'c');
    EXPECT_TRUE(receive(all[5].upstream, noise + expected.size()).substr(noise) == expected);
    EXPECT_EQ(relay.paused(), 0u);
}

}  // namespace
}  // namespace proxy_tests
