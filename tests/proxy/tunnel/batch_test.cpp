// Messages of many tunnels that come at the same time, read and written together: each reaches its own reader, whatever becomes
// of the others.
#include "tests/net/rings.hpp"
#include "tests/proxy/captured_errors.hpp"
#include "tests/proxy/tunnel/crowd.hpp"

namespace proxy_tests {
namespace {

class Batch : public Crowd {};

INSTANTIATE_TEST_SUITE_P(, Batch, both_ways, name_of_way);

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
