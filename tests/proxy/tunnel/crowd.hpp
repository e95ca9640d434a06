// Many tunnels of one relay over socket pairs, whose messages come at the same time.
#pragma once

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

namespace proxy_tests {

/// Tests of it run with either way to read and write many sockets.
class Crowd : public testing::TestWithParam<net::CallBatch::Way> {
  protected:
    struct Ends {
        net_tests::Peer client;
        net_tests::Peer upstream;
        int near_upstream;  // the relay's descriptor
    };

    Crowd() { loop.turn(); }

    using Sockets = std::pair<net::Descriptor, net::Descriptor> (*)();

    void open(std::size_t tunnels, Sockets sockets = tcp_without_delay) {
        for (std::size_t i = 0; i < tunnels; ++i) {
            auto [client, far_client] = sockets();
            auto [upstream, far_upstream] = sockets();
            all.push_back({net_tests::Peer(far_client.release()), net_tests::Peer(far_upstream.release()), upstream.get()});
            proxy::tunnel::Tunnel tunnel;
            tunnel.client = net::Transport(std::move(client));
            tunnel.upstream = net::Transport(std::move(upstream));
            tunnel.record = record;
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

    std::string receive(net_tests::Peer& peer, std::size_t size) {
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
    proxy::observe::AccessRecord record;  // of tunnels that are opened
    std::vector<Ends> all;
};

inline const auto both_ways = testing::Values(net::CallBatch::Way::best, net::CallBatch::Way::one_by_one);

inline std::string name_of_way(const testing::TestParamInfo<net::CallBatch::Way>& each) {
    return each.param == net::CallBatch::Way::best ? "Best" : "OneByOne";
}

}  // namespace proxy_tests
