// Sockets in an epoll set: who is told of what, and what becomes of events whose socket is closed meanwhile.
#include "net/poller.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "tests/net/listening.hpp"

namespace net_tests {
namespace {

// A polled socket that counts what it is told, and reacts.
struct Told {
    explicit Told(net::Descriptor descriptor, net::PolledSocket::Trigger trigger = net::PolledSocket::Trigger::edge)
        : socket(std::move(descriptor), trigger) {}

    ssize_t read() {
        std::array<char, 64> room;
        const ssize_t count = ::recv(socket.descriptor(), room.data(), room.size(), 0);
        socket.has_read(net::rest_after(count, room.size()));
        return count;
    }

    static void on_event(void* self, std::uint32_t events) {
        auto& told = *static_cast<Told*>(self);
        ++told.times;
        told.events = events;
        if (told.reaction) told.reaction();
    }

    net::PolledSocket socket;
    int times = 0;
    std::uint32_t events = 0;
    std::function<void()> reaction;
};

class Poller : public testing::Test {
  protected:
    Loop loop;
    net::Poller& poller = net::Poller::of(loop.executor());

    std::pair<std::unique_ptr<Told>, Peer> watched(std::uint32_t events = EPOLLIN) {
        auto [near, far] = socket_pair();
        auto told = std::make_unique<Told>(std::move(near));
        told->socket.tell(poller, &Told::on_event, told.get());
        EXPECT_FALSE(told->socket.want(events));
        return {std::move(told), Peer(far.release())};
    }
};

TEST_F(Poller, IsOneForEachEventLoop) {
    Loop another;
    EXPECT_EQ(&net::Poller::of(loop.executor()), &poller);
    EXPECT_NE(&net::Poller::of(another.executor()), &poller);
}

TEST_F(Poller, StopsTheClockWhileAnEventIsHandled) {
    std::vector<net::TimePoint> times;
    const auto look_twice = [&] {
        times.push_back(net::now());
        while (net::Clock::now() == times.back()) {
        }
        times.push_back(net::now());
    };
    auto [first, far_first] = watched();
    auto [second, far_second] = watched();
    for (const auto& told : {first.get(), second.get()})
        told->reaction = [&look_twice, told] {
            EXPECT_FALSE(told->socket.want(0));
            look_twice();
        };
    far_first.send("x");
    far_second.send("x");
    loop.turn();
    look_twice();
    ASSERT_EQ(times.size(), 6u);
    EXPECT_EQ(times[0], times[1]);
    EXPECT_LT(times[1], times[2]);
    EXPECT_EQ(times[2], times[3]);
    EXPECT_LT(times[3], times[4]);
    EXPECT_LT(times[4], times[5]);
}

TEST_F(Poller, TellsOfWhatIsWanted) {
    auto [told, peer] = watched();
    loop.turn();
    EXPECT_EQ(told->times, 0);
    told->reaction = [&socket = told->socket] { EXPECT_FALSE(socket.want(0)); };
    peer.send("x");
    loop.turn();
    EXPECT_EQ(told->times, 1);
    EXPECT_EQ(told->events, EPOLLIN);
}

// Bytes that have come are told of until a read has found an end to them.
TEST_F(Poller, TellsAgainWhileItIsNotKnownThatThereIsNothingLeft) {
    auto [told, peer] = watched();
    peer.send("xxx");
    told->reaction = [&told = *told] {
        char byte = 0;
        told.socket.has_read(net::rest_after(::recv(told.socket.descriptor(), &byte, 1, 0), 1));
    };
    loop.turn();
    EXPECT_EQ(told->times, 4);
    peer.send("x");
    loop.turn();
    EXPECT_EQ(told->times, 6);
}

TEST_F(Poller, AReadThatGotLessThanItHadRoomForIsTheLast) {
    auto [told, peer] = watched();
    peer.send("xxx");
    told->reaction = [&told = *told] { told.read(); };
    loop.turn();
    EXPECT_EQ(told->times, 1);
    EXPECT_FALSE(told->socket.is_readable());
}

TEST_F(Poller, AnEndThatCameWithTheLastBytesIsToldOf) {
    auto [told, peer] = watched();
    peer.send("xxx");
    peer.close();
    told->reaction = [&told = *told] {
        if (told.read() == 0) told.socket.close();
    };
    loop.turn();
    EXPECT_EQ(told->times, 2);
}

TEST_F(Poller, AnEndThatComesAfterTheLastBytesIsToldOf) {
    auto [told, peer] = watched();
    peer.send("xxx");
    told->reaction = [&told = *told, &peer = peer] {
        if (told.read() == 0) return told.socket.close();
        peer.close();
    };
    loop.turn();
    EXPECT_EQ(told->times, 2);
}

// Each read stops at urgent data (RFC 9293, 3.8.5), and what is behind it causes no event of its own.
TEST_F(Poller, WhatIsBehindUrgentDataIsToldOf) {
    auto [near, far] = tcp_pair();
    Told told(std::move(near));
    told.socket.tell(poller, &Told::on_event, &told);
    ASSERT_FALSE(told.socket.want(EPOLLIN));
    ASSERT_EQ(::send(far.get(), "before", 6, 0), 6);
    ASSERT_EQ(::send(far.get(), "!", 1, MSG_OOB), 1);
    ASSERT_EQ(::send(far.get(), "behind", 6, 0), 6);
    ssize_t total = 0;
    told.reaction = [&] { total += std::max<ssize_t>(told.read(), 0); };
    loop.turn();
    EXPECT_EQ(total, 12);
}

TEST_F(Poller, WhatCameBeforeItWasWantedIsToldOf) {
    auto [told, peer] = watched(EPOLLOUT);
    peer.send("x");
    told->reaction = [&told = *told] { EXPECT_FALSE(told.socket.want(0)); };
    loop.turn();
    EXPECT_TRUE(told->socket.is_readable());
    told->times = 0;
    told->reaction = [&told = *told] { told.read(); };
    EXPECT_FALSE(told->socket.want(EPOLLIN));
    loop.turn();
    EXPECT_EQ(told->times, 1);
}

TEST_F(Poller, WhatIsExpectedIsToldOfUntilAReadFindsOtherwise) {
    auto [told, peer] = watched();
    told->socket.expect_data();
    EXPECT_TRUE(told->socket.is_readable());
    EXPECT_LT(told->read(), 0);
    EXPECT_FALSE(told->socket.is_readable());
}

TEST_F(Poller, RoomForBytesIsToldOfWheneverItIsWanted) {
    auto [told, peer] = watched(EPOLLOUT);
    told->reaction = [&told = *told] { EXPECT_FALSE(told.socket.want(0)); };
    loop.turn();
    EXPECT_EQ(told->times, 1);
    EXPECT_FALSE(told->socket.want(EPOLLOUT));
    loop.turn();
    EXPECT_EQ(told->times, 2);
}

TEST_F(Poller, RoomThatComesAfterAWriteThatFoundNoneIsToldOf) {
    auto [told, peer] = watched();
    while (::send(told->socket.descriptor(), "xxxx", 4, MSG_NOSIGNAL) > 0) {
    }
    EXPECT_FALSE(told->socket.want(EPOLLIN | EPOLLOUT));
    loop.turn();
    EXPECT_EQ(told->times, 0);
    peer.receive();
    loop.turn();
    EXPECT_EQ(told->times, 1);
}

TEST_F(Poller, ALevelTriggeredSocketIsToldOfWithoutAWordOfItsReads) {
    auto [near, far] = socket_pair();
    Told told(std::move(near), net::PolledSocket::Trigger::level);
    told.socket.tell(poller, &Told::on_event, &told);
    ASSERT_FALSE(told.socket.want(EPOLLIN));
    Peer peer(far.release());
    peer.send("x");
    loop.step();
    loop.step();
    EXPECT_GE(told.times, 2);
    told.times = 0;
    EXPECT_FALSE(told.socket.want(0));
    loop.turn();
    EXPECT_EQ(told.times, 0);
}

TEST_F(Poller, TakesBatchAfterBatchWhereThereAreSeveralEventsButLetsTheEventLoopHaveItsTurn) {
    auto [one, first] = watched();
    auto [two, second] = watched();
    bool had_its_turn = false;
    for (auto* const told : {one.get(), two.get()}) {
        auto& peer = told == one.get() ? first : second;
        told->reaction = [&, told] {
            if (told->times == 1) boost::asio::post(loop.executor(), [&] { had_its_turn = true; });
            told->read();
            if (told->times < 100) peer.send("x");
        };
        peer.send("x");
    }
    loop.step();
    EXPECT_GT(one->times, 1);
    EXPECT_EQ(one->times, two->times);
    EXPECT_FALSE(had_its_turn);
    loop.step();
    EXPECT_TRUE(had_its_turn);
}

// Notes how often a socket had been told when a batch, or the part of it that is one kind of owner's, was over.
struct End final : net::Poller::BatchEnd {
    explicit End(const Told& told) : told_(told) {}
    void batch_ended() override { seen.push_back(told_.times); }

    std::vector<int> seen;

  private:
    const Told& told_;
};

TEST_F(Poller, TellsTheEndOfABatch) {
    auto [one, first] = watched();
    auto [two, second] = watched();
    End end(*two);
    poller.add(end);
    first.send("x");
    second.send("x");
    for (auto* told : {one.get(), two.get()}) told->reaction = [told] { EXPECT_FALSE(told->socket.want(0)); };
    loop.turn();
    EXPECT_EQ(end.seen.back(), 1);
    EXPECT_EQ(std::count(end.seen.begin(), end.seen.end(), 0), 1) << "before the first event, not between the two";
}

TEST_F(Poller, TellsTheEndBeforeAnEventOfAnotherKindOfOwner) {
    auto [one, first] = watched();
    auto [two, second] = watched();
    one->socket.tell(poller, [](void* self, std::uint32_t events) { Told::on_event(self, events); }, one.get());
    End end(*two);
    poller.add(end);
    second.send("x");
    first.send("x");
    one->reaction = [&] {
        EXPECT_EQ(end.seen.back(), two->times) << "the other's end has been told";
        EXPECT_FALSE(one->socket.want(0));
    };
    two->reaction = [&] { EXPECT_FALSE(two->socket.want(0)); };
    loop.turn();
    EXPECT_EQ(one->times, 1);
    EXPECT_EQ(two->times, 1);
}

// Closes a socket that is the next to be told of.
struct Closing final : net::Poller::BatchEnd {
    explicit Closing(Told& told) : told_(told) {}
    void batch_ended() override { told_.socket.close(); }

  private:
    Told& told_;
};

TEST_F(Poller, WhoActsAtTheEndOfABatchMayCloseWhoComesNext) {
    auto [one, first] = watched();
    auto [two, second] = watched();
    two->socket.tell(poller, [](void* self, std::uint32_t events) { Told::on_event(self, events); }, two.get());
    std::optional<Closing> closing;
    one->reaction = [&] {
        one->read();
        closing.emplace(*two);
        poller.add(*closing);
    };
    first.send("x");
    second.send("x");
    loop.turn();
    EXPECT_EQ(one->times, 1);
    EXPECT_EQ(two->times, 0);
    EXPECT_FALSE(two->socket);
}

TEST_F(Poller, TakesNoFurtherBatchFromALoopThatHasBeenStopped) {
    auto [one, first] = watched(EPOLLOUT);
    auto [two, second] = watched(EPOLLOUT);
    one->reaction = [&] { loop.executor().context().stop(); };
    loop.step();
    EXPECT_EQ(one->times, 1);
    EXPECT_EQ(two->times, 1);
}

TEST_F(Poller, SaysNothingOfAHangUpWhereNothingIsWanted) {
    auto [told, peer] = watched();
    ASSERT_FALSE(told->socket.want(0));
    peer.close();
    loop.turn();
    EXPECT_EQ(told->times, 0);
}

TEST_F(Poller, TellsTheNewOwner) {
    auto [told, peer] = watched();
    auto [other, unused] = watched();
    other->socket = std::move(told->socket);
    other->socket.tell(poller, &Told::on_event, other.get());
    other->reaction = [&socket = other->socket] { socket.close(); };
    peer.send("x");
    loop.turn();
    EXPECT_EQ(told->times, 0);
    EXPECT_EQ(other->times, 1);
}

TEST_F(Poller, AnEventWithoutAnOwnerIsForTheNext) {
    auto [told, peer] = watched();
    told->socket.tell_nobody();
    peer.send("x");
    loop.turn();
    EXPECT_EQ(told->times, 0);
    EXPECT_EQ(told->socket.wanted(), 0u);
    told->reaction = [&socket = told->socket] { socket.close(); };
    told->socket.tell(poller, &Told::on_event, told.get());
    ASSERT_FALSE(told->socket.want(EPOLLIN));
    loop.turn();
    EXPECT_EQ(told->times, 1);
}

TEST_F(Poller, ForgetsEventsOfASocketThatIsClosedInTheSameBatch) {
    auto [one, one_peer] = watched();
    auto [two, two_peer] = watched();
    // Whoever comes first ends the other.
    one->reaction = [&] { one->socket.close(); two.reset(); };
    two->reaction = [&] { two->socket.close(); one.reset(); };
    one_peer.send("x");
    two_peer.send("x");
    loop.turn();
    EXPECT_NE(one == nullptr, two == nullptr);
    EXPECT_EQ((one ? one : two)->times, 1);
}

TEST_F(Poller, GoesOnAfterMoreEventsThanFitIntoABatch) {
    std::vector<std::pair<std::unique_ptr<Told>, Peer>> all;
    for (int i = 0; i < 300; ++i) {
        all.push_back(watched());
        all.back().first->reaction = [&socket = all.back().first->socket] { socket.close(); };
    }
    for (auto& [told, peer] : all) peer.send("x");
    loop.turn();
    for (const auto& [told, peer] : all) EXPECT_EQ(told->times, 1);
}

TEST_F(Poller, KnowsOfEventsThatTheirOwnersHaveNotBeenToldOfYet) {
    auto [one, one_peer] = watched();
    auto [two, two_peer] = watched();
    EXPECT_TRUE(one->socket.has_heard_nothing() && two->socket.has_heard_nothing());
    int unheard = 0;
    one->reaction = [&] { unheard += two->socket.has_heard_nothing() ? 1 : 0; one->socket.close(); };
    two->reaction = [&] { unheard += one->socket.has_heard_nothing() ? 1 : 0; two->socket.close(); };
    one_peer.send("x");
    two_peer.send("x");
    loop.turn();
    EXPECT_EQ(unheard, 0);
}

TEST_F(Poller, HasHeardNothingOnlyWhereItListens) {
    auto [near, far] = socket_pair();
    const net::PolledSocket socket(std::move(near));
    EXPECT_FALSE(socket.has_heard_nothing());
}

TEST_F(Poller, AClosedSocketCannotBeWanted) {
    auto [told, peer] = watched();
    told->socket.close();
    EXPECT_TRUE(told->socket.want(EPOLLIN));
    EXPECT_EQ(told->socket.descriptor(), -1);
}

}  // namespace
}  // namespace net_tests
