// Pools whose endpoints come and go with names and files, while tunnels hold some of them.
#include "upstream/discovery/discovery.hpp"

#include "tests/support/temporary_folder.hpp"
#include "tests/upstream/discovery/fake_outside.hpp"

#include <filesystem>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using upstream::Discovery;

const net::TimePoint now{std::chrono::hours(1)};

config::Endpoint followed(const std::string& host, const std::string& service = "") {
    config::Endpoint endpoint;
    endpoint.address = config::TcpAddress{host, 80};
    endpoint.name = host;
    endpoint.resolve = true;
    endpoint.service = service;
    return endpoint;
}

config::Endpoint fixed(const std::string& host) {
    config::Endpoint endpoint;
    endpoint.address = config::TcpAddress{host, 80};
    endpoint.name = host + ":80";
    return endpoint;
}

class Discoveries : public testing::Test {
  protected:
    std::shared_ptr<Discovery> discovery(std::vector<config::Endpoint> lines,
                                         const Discovery* previous = nullptr, const std::string& file = "") {
        config::Upstream settings;
        settings.name = "pool";
        settings.endpoints = std::move(lines);
        settings.endpoints_file = file;
        const auto live =
            previous != nullptr ? previous->pool()->live() : std::make_shared<upstream::LivePool>();
        auto pool = std::make_shared<upstream::Pool>(settings, std::vector{loop.get_executor()}, live);
        return std::make_shared<Discovery>(std::move(pool), previous);
    }

    // What the worker has, once all that was published has reached it: "ADDRESS [backup]".
    std::vector<std::string> endpoints(const Discovery& discovery) {
        outside.advance(20ms);
        loop.restart();
        loop.poll();
        std::vector<std::string> texts;
        for (const auto& endpoint : discovery.pool()->snapshot(0).endpoints)
            texts.push_back(endpoint->name() + (endpoint->backup() ? " backup" : ""));
        return texts;
    }

    FakeOutside outside;
    boost::asio::io_context loop;
};

TEST_F(Discoveries, FollowAName) {
    const auto pool = discovery({followed("a"), fixed("127.0.0.9")});
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.9:80"));
    pool->follow(outside.loop);
    outside.answer("a", {"127.0.0.1:80", "127.0.0.2:80"}, 10s);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80", "127.0.0.9:80"));
    outside.advance(10s);
    outside.answer("a", {"127.0.0.2:80", "127.0.0.3:80"}, 10s);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.2:80", "127.0.0.3:80", "127.0.0.9:80"));
}

TEST_F(Discoveries, LogWhatComesAndGoes) {
    const auto pool = discovery({followed("a")});
    pool->follow(outside.loop);
    outside.answer("a", {"127.0.0.1:80", "127.0.0.2:80"}, 10s);
    outside.advance(10s);
    outside.answer("a", {"127.0.0.2:80", "127.0.0.3:80"}, 10s);
    outside.advance(10s);
    EXPECT_THAT(outside.log, ElementsAre("upstream \"pool\": 127.0.0.1:80, 127.0.0.2:80 came",
                                         "upstream \"pool\": 127.0.0.3:80 came; 127.0.0.1:80 went"));
}

TEST_F(Discoveries, LogLongListsInShort) {
    const auto pool = discovery({followed("a")});
    pool->follow(outside.loop);
    std::vector<std::string> many;
    for (int i = 1; i <= 23; ++i) many.push_back("127.0.0." + std::to_string(i) + ":80");
    outside.answer("a", many);
    outside.advance(20ms);
    EXPECT_THAT(outside.log, ElementsAre(HasSubstr(" and 3 more came")));
}

TEST_F(Discoveries, LeaveTunnelsCountsAndHealthOfThoseThatStayAlone) {
    const auto pool = discovery({followed("a")});
    pool->follow(outside.loop);
    outside.answer("a", {"127.0.0.1:80", "127.0.0.2:80"}, 10s);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80"));
    const auto& before = pool->pool()->snapshot(0).endpoints;
    const auto tunnel = upstream::Lease::take(before[0], now);
    const auto failing = upstream::Lease::take(before[1], now);
    (*failing)->failed(now);
    outside.advance(10s);
    outside.answer("a", {"127.0.0.1:80", "127.0.0.2:80", "127.0.0.3:80"}, 10s);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80", "127.0.0.3:80"));
    const auto& after = pool->pool()->snapshot(0).endpoints;
    EXPECT_EQ(after[0]->leases(), 1u);
    EXPECT_FALSE(after[1]->eligible(now));
    EXPECT_EQ(after[2]->leases(), 0u);
}

TEST_F(Discoveries, AnEndpointThatHasLeftIsNotPickedAndItsTunnelsLiveOn) {
    const auto pool = discovery({followed("a")});
    pool->follow(outside.loop);
    outside.answer("a", {"127.0.0.1:80"}, 10s);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80"));
    const auto tunnel = pool->pool()->pick(0, {}, now, {});
    outside.advance(10s);
    outside.answer("a", {"127.0.0.2:80"}, 10s);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.2:80"));
    EXPECT_EQ((*pool->pool()->pick(0, {}, now, {}))->name(), "127.0.0.2:80");
    EXPECT_EQ((*tunnel)->leases(), 1u);
}

TEST_F(Discoveries, KeepTheLastGoodSetThroughFailures) {
    const auto pool = discovery({followed("a")});
    pool->follow(outside.loop);
    outside.answer("a", {"127.0.0.1:80"}, 10s);
    outside.advance(10s);
    outside.fail("a", ARES_ENOTFOUND);
    outside.advance(1s);
    outside.fail("a", ARES_ETIMEOUT);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80"));
}

TEST_F(Discoveries, PublishManyAnswersAtOnce) {
    const auto pool = discovery({followed("a"), followed("b"), followed("c")});
    pool->follow(outside.loop);
    for (const char* host : {"a", "b", "c"})
        outside.answer(host, {"127.0.0." + std::to_string(host[0] - 'a' + 1) + ":80"});
    EXPECT_FALSE(pool->is_settled());
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80", "127.0.0.3:80"));
    EXPECT_TRUE(pool->is_settled());
    EXPECT_THAT(outside.log, ElementsAre("upstream \"pool\": 127.0.0.1:80, 127.0.0.2:80, 127.0.0.3:80 came"));
}

TEST_F(Discoveries, MapThePrioritiesOfAServiceToTiers) {
    const auto pool = discovery({followed("a", "http")});
    pool->follow(outside.loop);
    upstream::Answer answer{{record("127.0.0.1:8001"), record("127.0.0.2:8002")}, 10s};
    answer.records[0].priority = 2;
    answer.records[1].priority = 1;
    outside.give("a", answer);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.2:8002", "127.0.0.1:8001 backup"));
}

// nginx: in a group with a single server max_fails is ignored; which group that is changes with the answers.
TEST_F(Discoveries, NeverTakeTheOnlyEndpointOut) {
    const auto pool = discovery({followed("a")});
    pool->follow(outside.loop);
    outside.answer("a", {"127.0.0.1:80", "127.0.0.2:80"}, 10s);
    endpoints(*pool);
    pool->pool()->snapshot(0).endpoints[0]->failed(now);
    EXPECT_FALSE(pool->pool()->snapshot(0).endpoints[0]->eligible(now));
    outside.advance(10s);
    outside.answer("a", {"127.0.0.1:80"}, 10s);
    endpoints(*pool);
    EXPECT_TRUE(pool->pool()->snapshot(0).endpoints[0]->eligible(now));
}

TEST_F(Discoveries, TakeOverWhatAnotherKnewOfTheSameName) {
    const auto before = discovery({followed("a"), followed("b")});
    before->follow(outside.loop);
    outside.answer("a", {"127.0.0.1:80"});
    outside.answer("b", {"127.0.0.2:80"});
    outside.advance(20ms);
    config::Endpoint changed = followed("a");
    changed.weight = 5;
    const auto after = discovery({changed, followed("c")}, before.get());
    EXPECT_THAT(endpoints(*after), ElementsAre("127.0.0.1:80"));
    after->follow(outside.loop);
    outside.fail("a");
    EXPECT_THAT(endpoints(*after), ElementsAre("127.0.0.1:80"));
}

TEST_F(Discoveries, WarnOfANameserverThatIsNotFound) {
    config::Upstream settings;
    settings.name = "pool";
    settings.endpoints = {followed("a")};
    settings.resolver.nameservers = {{std::string(64, 'n') + ".invalid", 53}};
    const Discovery made(std::make_shared<upstream::Pool>(settings, std::vector{loop.get_executor()},
                                                          std::make_shared<upstream::LivePool>()),
                         nullptr);
    EXPECT_THAT(made.warnings(), ElementsAre(HasSubstr("host not found in resolver"),
                                             HasSubstr("those of the system are asked")));
}

class DiscoveriesWithAFile : public Discoveries {
  protected:
    void write(const std::string& text) { replace(file, text); }

    // A pool of what the file says, which it follows.
    std::shared_ptr<Discovery> followed_file(const std::string& text) {
        write(text);
        auto pool = discovery({}, nullptr, file);
        pool->follow(outside.loop);
        return pool;
    }

    void rewrite(const std::string& text) {
        write(text);
        outside.advance(5s);
    }

    TemporaryFolder folder;
    std::filesystem::path file = folder / "endpoints";
};

TEST_F(DiscoveriesWithAFile, HaveItsEndpointsBehindThoseOfTheBlock) {
    write("127.0.0.2:80\n127.0.0.3:80 backup\n");
    const auto pool = discovery({fixed("127.0.0.1")}, nullptr, file);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80", "127.0.0.3:80 backup"));
    EXPECT_THAT(pool->warnings(), IsEmpty());
}

TEST_F(DiscoveriesWithAFile, FollowTheFile) {
    const auto pool = followed_file("127.0.0.2:80\n");
    rewrite("127.0.0.2:80 weight=2\n127.0.0.3:80\n");
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.2:80", "127.0.0.3:80"));
    EXPECT_EQ(pool->pool()->snapshot(0).endpoints[0]->weight(), 2u);
    EXPECT_THAT(outside.log, ElementsAre("upstream \"pool\": 127.0.0.3:80 came"));
    rewrite("127.0.0.2:80 weight=3\n127.0.0.3:80\n");
    outside.advance(20ms);
    EXPECT_THAT(outside.log, Contains("upstream \"pool\": endpoints have new settings"));
}

TEST_F(DiscoveriesWithAFile, LookUpItsNamesWithoutBlocking) {
    const auto pool = followed_file("a:80\nb:80 resolve\n");
    outside.answer("a", {"127.0.0.1:80"}, 10s);
    outside.answer("b", {"127.0.0.2:80"}, 10s);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80"));
    outside.advance(10s);
    EXPECT_EQ(outside.open(), 1u);
}

TEST_F(DiscoveriesWithAFile, KeepWhatIsKnownOfANameThatStaysInIt) {
    const auto pool = followed_file("a:80 resolve\n");
    outside.answer("a", {"127.0.0.1:80"}, 30s);
    rewrite("a:80 resolve\n127.0.0.2:80\n");
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80"));
}

TEST_F(DiscoveriesWithAFile, DoNothingAboutAFileThatSaysTheSame) {
    const auto pool = followed_file("a:80 resolve\n127.0.0.2:80\n");
    outside.answer("a", {"127.0.0.1:80"}, 1h);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80"));
    const auto before = pool->pool()->latest();
    rewrite("# again\na:80 resolve\n127.0.0.2:80\n");
    outside.advance(20ms);
    EXPECT_EQ(pool->pool()->latest(), before);
    EXPECT_EQ(outside.asked(), 1u);
}

TEST_F(DiscoveriesWithAFile, AskForANameThatStaysInItWhenItsTimeHasCome) {
    const auto pool = followed_file("a:80 resolve\nb:80\n");
    outside.answer("a", {"127.0.0.1:80"}, 1h);
    outside.answer("b", {"127.0.0.2:80"}, 1h);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.2:80"));
    rewrite("a:80 resolve weight=2\nb:80 resolve\n");
    EXPECT_EQ(outside.open(), 1u);
    outside.answer("b", {"127.0.0.3:80"}, 2h);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.1:80", "127.0.0.3:80"));
    EXPECT_EQ(pool->pool()->snapshot(0).endpoints[0]->weight(), 2u);
    outside.advance(1h);
    outside.answer("a", {"127.0.0.4:80"}, 1h);
    EXPECT_THAT(endpoints(*pool), ElementsAre("127.0.0.4:80", "127.0.0.3:80"));
}

TEST_F(DiscoveriesWithAFile, KeepTheLastGoodOneOverAReload) {
    write("127.0.0.2:80\n");
    const auto before = discovery({}, nullptr, file);
    write("broken;\n");
    const auto after = discovery({fixed("127.0.0.1")}, before.get(), file);
    EXPECT_THAT(endpoints(*after), ElementsAre("127.0.0.1:80", "127.0.0.2:80"));
    EXPECT_THAT(after->warnings(), Contains(HasSubstr("endpoints:1:7: error: unexpected")));
}

}  // namespace
}  // namespace upstream_tests
