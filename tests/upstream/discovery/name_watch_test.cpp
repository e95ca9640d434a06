// When a name is asked for again, and what is known of it meanwhile.
#include "upstream/discovery/name_watch.hpp"

#include "tests/upstream/discovery/fake_outside.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using upstream::Answer;
using upstream::NameWatch;

TEST(GoodFor, IsTheTtlWithinBounds) {
    const config::Resolver unset;
    EXPECT_EQ(good_for(Answer{{}, 30s}, unset), 30s);
    EXPECT_EQ(good_for(Answer{{}, 0s}, unset), 1s);
    EXPECT_EQ(good_for(Answer{{}, 1s}, unset), 1s);
    EXPECT_EQ(good_for(Answer{{}, 3600s}, unset), 1h);
    EXPECT_EQ(good_for(Answer{{}, 3601s}, unset), 1h);
    EXPECT_EQ(good_for(Answer{{}, std::chrono::seconds::max()}, unset), 1h);
}

TEST(GoodFor, IsWhatTheResolverSaysInstead) {
    config::Resolver settings;
    settings.valid = 24h;
    EXPECT_EQ(good_for(Answer{{}, 30s}, settings), 24h);
    settings.valid = 0s;
    EXPECT_EQ(good_for(Answer{{}, 30s}, settings), 1s);
}

TEST(GoodFor, IsShortWhereSomethingCouldNotBeFoundOut) {
    config::Resolver settings;
    const Answer answer{{}, 600s, {{{}, 80, AF_INET6}}};
    EXPECT_EQ(good_for(answer, settings), 30s);
    settings.valid = 24h;
    EXPECT_EQ(good_for(answer, settings), 30s);
    settings.valid = 10s;
    EXPECT_EQ(good_for(answer, settings), 10s);
}

TEST(RetryDelay, DoublesUpToThirtySeconds) {
    const net::Duration delays[] = {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s};
    for (unsigned failures = 1; failures <= std::size(delays); ++failures)
        EXPECT_EQ(upstream::retry_delay(failures), delays[failures - 1]) << failures << " failures";
}

TEST(RetryDelay, StaysThereHoweverLongItTakes) {
    for (const unsigned failures : {31u, 32u, 33u, 1000u, ~0u})
        EXPECT_EQ(upstream::retry_delay(failures), 30s);
}

class NameWatches : public testing::Test {
  protected:
    std::shared_ptr<NameWatch> watch(NameWatch::Until until, std::vector<upstream::Record> known = {}) {
        auto made =
            std::make_shared<NameWatch>("pool", upstream::Question{"a", "", 80}, until, config::Resolver{});
        made->know(std::move(known));
        made->start(outside.loop, [this] { ++changes; });
        return made;
    }
    static std::vector<std::string> addresses(const NameWatch& watch) {
        std::vector<std::string> texts;
        for (const auto& record : watch.records()) texts.push_back(net::to_string(record.address));
        return texts;
    }

    FakeOutside outside;
    int changes = 0;
};

TEST_F(NameWatches, AskAtOnceAndWheneverTheTtlHasPassed) {
    const auto name = watch(NameWatch::Until::forever);
    EXPECT_EQ(outside.open(), 1u);
    outside.answer("a", {"127.0.0.1:80"}, 30s);
    outside.advance(29s);
    EXPECT_EQ(outside.open(), 0u);
    outside.advance(1s);
    EXPECT_EQ(outside.open(), 1u);
    outside.answer("a", {"127.0.0.2:80"}, 5s);
    EXPECT_THAT(addresses(*name), ElementsAre("127.0.0.2:80"));
    outside.advance(5s);
    EXPECT_EQ(outside.open(), 1u);
}

TEST_F(NameWatches, TellOnlyOfChanges) {
    const auto name = watch(NameWatch::Until::forever);
    outside.answer("a", {"127.0.0.1:80", "127.0.0.2:80"});
    EXPECT_EQ(changes, 1);
    outside.advance(30s);
    outside.answer("a", {"127.0.0.2:80", "127.0.0.1:80"});
    EXPECT_EQ(changes, 1);
    outside.advance(30s);
    outside.answer("a", {"127.0.0.1:80"});
    EXPECT_EQ(changes, 2);
}

TEST_F(NameWatches, KeepWhatTheyKnowThroughEveryFailure) {
    const auto name = watch(NameWatch::Until::forever);
    outside.answer("a", {"127.0.0.1:80"}, 30s);
    outside.advance(30s);
    for (const int status :
         {ARES_ENOTFOUND, ARES_ENODATA, ARES_ETIMEOUT, ARES_ESERVFAIL, ARES_ECONNREFUSED}) {
        outside.fail("a", status);
        EXPECT_THAT(addresses(*name), ElementsAre("127.0.0.1:80"));
        outside.advance(30s);
    }
    EXPECT_EQ(changes, 1);
}

TEST_F(NameWatches, KeepWhatTheyKnowInTheGapsOfAnAnswer) {
    const auto name = watch(NameWatch::Until::forever);
    outside.answer("a", {"127.0.0.1:80", "::1:80"}, 30s);
    outside.advance(30s);
    outside.give("a", {{record("127.0.0.2:80")}, 30s, {{{}, 80, AF_INET6}}});
    EXPECT_THAT(addresses(*name), ElementsAre("127.0.0.2:80", "[::1]:80"));
    outside.advance(30s);
    outside.give("a", {{record("::2:80")}, 30s, {{{}, 80, AF_INET}}});
    EXPECT_THAT(addresses(*name), ElementsAre("127.0.0.2:80", "[::2]:80"));
    outside.advance(30s);
    outside.answer("a", {"::2:80"}, 30s);
    EXPECT_THAT(addresses(*name), ElementsAre("[::2]:80"));
}

TEST_F(NameWatches, FillOnlyTheGapsOfTheSameTargetAndPort) {
    const auto name = watch(NameWatch::Until::forever);
    const auto at = [](const std::string& address, const std::string& target, std::uint16_t weight) {
        upstream::Record made = record(address);
        made.target = target;
        made.weight = weight;
        return made;
    };
    outside.give("a", {{at("::1:80", "one", 1), at("::2:81", "one", 1), at("::3:80", "two", 1)}, 30s});
    outside.advance(30s);
    outside.give("a", {{at("127.0.0.1:80", "one", 2)}, 30s, {{{0, 2, "one", {}}, 80, AF_INET6}}});
    EXPECT_THAT(name->records(), ElementsAre(at("127.0.0.1:80", "one", 2), at("::1:80", "one", 2)));
}

TEST_F(NameWatches, TryAgainEverLessOftenUntilAnAnswerComes) {
    const auto name = watch(NameWatch::Until::forever);
    for (const auto delay : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        outside.fail("a");
        outside.advance(delay - 1ms);
        EXPECT_EQ(outside.open(), 0u) << delay.count();
        outside.advance(1ms);
        EXPECT_EQ(outside.open(), 1u) << delay.count();
    }
    outside.answer("a", {"127.0.0.1:80"}, 60s);
    outside.advance(60s);
    outside.fail("a");
    outside.advance(1s);
    EXPECT_EQ(outside.open(), 1u);
}

TEST_F(NameWatches, SayOnceThatTheyFailAndOnceThatTheyDoNoLonger) {
    const auto name = watch(NameWatch::Until::forever);
    outside.fail("a", ARES_ENOTFOUND);
    outside.advance(1s);
    outside.fail("a", ARES_ENOTFOUND);
    outside.advance(2s);
    outside.answer("a", {"127.0.0.1:80"});
    outside.advance(30s);
    outside.fail("a", ARES_ETIMEOUT);
    EXPECT_THAT(outside.log,
                ElementsAre("upstream \"pool\": a could not be looked up: Domain name not found; "
                            "it is tried again",
                            "upstream \"pool\": a is known, after 2 look-ups that failed",
                            "upstream \"pool\": a could not be looked up: Timeout while contacting DNS "
                            "servers; what is known of it stays"));
}

TEST_F(NameWatches, WithoutResolveAskUntilTheNameIsKnown) {
    const auto name = watch(NameWatch::Until::known);
    outside.fail("a");
    outside.advance(1s);
    outside.answer("a", {"127.0.0.1:80"}, 1s);
    outside.advance(1h);
    EXPECT_EQ(outside.asked(), 2u);
}

TEST_F(NameWatches, WithoutResolveDoNotAskForWhatIsKnown) {
    const auto name = watch(NameWatch::Until::known, {record("127.0.0.1:80")});
    EXPECT_EQ(outside.asked(), 0u);
    EXPECT_TRUE(name->is_settled());
    name->ask();
    outside.answer("a", {"127.0.0.2:80"});
    EXPECT_THAT(addresses(*name), ElementsAre("127.0.0.2:80"));
}

TEST_F(NameWatches, AreSettledByAnAnswerAndByAFailure) {
    const auto first = watch(NameWatch::Until::forever);
    EXPECT_FALSE(first->is_settled());
    outside.answer("a", {"127.0.0.1:80"});
    EXPECT_TRUE(first->is_settled());
    const auto second = watch(NameWatch::Until::forever);
    EXPECT_FALSE(second->is_settled());
    outside.fail("a");
    EXPECT_TRUE(second->is_settled());
}

TEST_F(NameWatches, AskOnlyOneQuestionAtATime) {
    const auto name = watch(NameWatch::Until::forever);
    name->ask();
    outside.advance(1h);
    EXPECT_EQ(outside.asked(), 1u);
}

TEST_F(NameWatches, MayGoWhileAQuestionIsOpen) {
    watch(NameWatch::Until::forever).reset();
    outside.answer("a", {"127.0.0.1:80"});
    EXPECT_EQ(changes, 0);
}

}  // namespace
}  // namespace upstream_tests
