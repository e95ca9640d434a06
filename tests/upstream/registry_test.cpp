// Pools made from a configuration, and what a reload carries over.
#include "upstream/registry.hpp"

#include "tests/upstream/discovery/fake_outside.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using upstream::Registry;

const net::TimePoint now{std::chrono::hours(1)};

config::Endpoint line(const std::string& host, std::uint16_t port) {
    config::Endpoint endpoint;
    endpoint.address = config::TcpAddress{host, port};
    return endpoint;
}

config::Upstream pool_of(const std::string& name, std::vector<config::Endpoint> endpoints) {
    return {name, std::move(endpoints)};
}

// A name that fails without asking anyone.
std::string impossible_name() {
    return std::string(64, 'n') + ".invalid";
}

class Registries : public testing::Test {
  protected:
    boost::asio::io_context loop;
    std::vector<net::Executor> workers{loop.get_executor()};
};

TEST_F(Registries, HoldAPoolForEachUpstream) {
    const Registry registry({pool_of("a", {line("127.0.0.1", 1)}), pool_of("b", {line("127.0.0.1", 2)})},
                            workers, nullptr);
    EXPECT_EQ((*registry.pool("a")->pick(0, {}, now, {}))->name(), "127.0.0.1:1");
    EXPECT_EQ((*registry.pool("b")->pick(0, {}, now, {}))->name(), "127.0.0.1:2");
}

TEST_F(Registries, CarryAnUnchangedPoolOver) {
    const std::vector upstreams{pool_of("a", {line("127.0.0.1", 1)})};
    const Registry before(upstreams, workers, nullptr);
    const Registry after(upstreams, workers, &before);
    EXPECT_EQ(before.pool("a"), after.pool("a"));
}

TEST_F(Registries, MakeAChangedPoolAnew) {
    const Registry before({pool_of("a", {line("127.0.0.1", 1)})}, workers, nullptr);
    const Registry after({pool_of("a", {line("127.0.0.1", 2)})}, workers, &before);
    EXPECT_NE(before.pool("a"), after.pool("a"));
    EXPECT_EQ((*after.pool("a")->pick(0, {}, now, {}))->name(), "127.0.0.1:2");
}

TEST_F(Registries, AnEndpointThatStaysKeepsItsLeasesWhenOthersComeAndGo) {
    const Registry before({pool_of("a", {line("127.0.0.1", 1), line("127.0.0.1", 2)})}, workers, nullptr);
    const auto tunnel = before.pool("a")->pick(0, {}, now, {});
    ASSERT_EQ((*tunnel)->name(), "127.0.0.1:1");
    const Registry after({pool_of("a", {line("127.0.0.1", 3), line("127.0.0.1", 1)})}, workers, &before);
    const auto third = after.pool("a")->pick(0, {}, now, {});
    EXPECT_EQ((*third)->leases(), 1u);
    const auto first = after.pool("a")->pick(0, {}, now, {});
    ASSERT_EQ((*first)->name(), "127.0.0.1:1");
    EXPECT_EQ((*first)->leases(), 2u);
    EXPECT_EQ((*tunnel)->leases(), 2u);
}

TEST_F(Registries, AnEndpointThatStaysKeepsItsHealthUnderNewSettings) {
    config::Endpoint first = line("127.0.0.1", 1);
    const Registry before({pool_of("a", {first, line("127.0.0.1", 2)})}, workers, nullptr);
    (*before.pool("a")->pick(0, {}, now, {}))->failed(now);
    first.weight = 5;
    const Registry after({pool_of("a", {first, line("127.0.0.1", 2)})}, workers, &before);
    for (int i = 0; i < 3; ++i) EXPECT_EQ((*after.pool("a")->pick(0, {}, now, {}))->name(), "127.0.0.1:2");
}

TEST_F(Registries, AnEjectedEndpointThatLeavesTakesNoPlaceFromThoseThereAre) {
    using Consequence = upstream::Endpoint::Consequence;
    auto settings = pool_of("a", {line("127.0.0.1", 1), line("127.0.0.1", 2)});
    settings.health.max_ejected = 50;
    const Registry before({settings}, workers, nullptr);
    const auto tunnel = before.pool("a")->pick(0, {}, now, {});
    ASSERT_EQ((*tunnel)->name(), "127.0.0.1:1");
    EXPECT_EQ((*tunnel)->failed(now), Consequence::taken_out);
    settings.endpoints = {line("127.0.0.1", 2), line("127.0.0.1", 3)};
    const Registry after({settings}, workers, &before);
    const auto lease = after.pool("a")->pick(0, {}, now, {});
    EXPECT_EQ((*lease)->failed(now), Consequence::taken_out);
    EXPECT_EQ((*after.pool("a")->pick(0, {}, now, {}))->failed(now), Consequence::spared);
}

TEST_F(Registries, NewLimitsOfAdmissionHoldForThoseWhoWaitFromBefore) {
    using Kind = upstream::Admission::Kind;
    auto settings = pool_of("a", {line("127.0.0.1", 1)});
    settings.admission.max_handshakes = 1;
    const Registry before({settings}, workers, nullptr);
    upstream::Admission& admission = before.pool("a")->live()->admission();
    const auto held = admission.ask(Kind::handshake, now);
    EXPECT_TRUE(std::holds_alternative<upstream::Admission::Crowded>(admission.ask(Kind::handshake, now)));
    settings.admission.max_handshakes = 2;
    const Registry after({settings}, workers, &before);
    EXPECT_TRUE(std::holds_alternative<upstream::Admission::Permit>(admission.ask(Kind::handshake, now)));
}

TEST_F(Registries, PoolsOfDifferentNamesShareNothing) {
    const Registry registry({pool_of("a", {line("127.0.0.1", 1)}), pool_of("b", {line("127.0.0.1", 1)})},
                            workers, nullptr);
    const auto lease = registry.pool("a")->pick(0, {}, now, {});
    EXPECT_EQ((*registry.pool("b")->pick(0, {}, now, {}))->leases(), 1u);
}

TEST_F(Registries, AnEndpointThatLeftAndReturnsFindsTheTunnelsThatStillHoldIt) {
    const std::vector with{pool_of("a", {line("127.0.0.1", 1)})};
    const std::vector without{pool_of("a", {line("127.0.0.1", 2)})};
    auto first = std::make_unique<Registry>(with, workers, nullptr);
    const auto tunnel = first->pool("a")->pick(0, {}, now, {});
    auto second = std::make_unique<Registry>(without, workers, first.get());
    first.reset();
    const Registry third(with, workers, second.get());
    EXPECT_EQ((*third.pool("a")->pick(0, {}, now, {}))->leases(), 2u);
}

TEST_F(Registries, CarriedOverPoolsOutliveTheOldRegistry) {
    const std::vector upstreams{pool_of("a", {line("127.0.0.1", 1)})};
    auto before = std::make_unique<Registry>(upstreams, workers, nullptr);
    const Registry after(upstreams, workers, before.get());
    before.reset();
    EXPECT_TRUE(after.pool("a")->pick(0, {}, now, {}));
}

TEST_F(Registries, NameWhatCouldNotBeLookedUp) {
    const Registry registry({pool_of("a", {line(impossible_name(), 80), line("127.0.0.1", 1)})}, workers,
                            nullptr);
    EXPECT_THAT(registry.warnings(),
                ElementsAre(StartsWith("host not found in upstream \"" + impossible_name() + ":80\": ")));
}

TEST_F(Registries, UseTheNamesThatAreKnown) {
    const Registry registry({pool_of("a", {line(impossible_name(), 80), line("127.0.0.1", 1)})}, workers,
                            nullptr);
    EXPECT_EQ((*registry.pool("a")->pick(0, {}, now, {}))->name(), "127.0.0.1:1");
}

TEST_F(Registries, AskForTheNamesOfACarriedOverPoolAnew) {
    FakeOutside outside;
    const std::vector upstreams{pool_of("a", {line(impossible_name(), 80)})};
    Registry before(upstreams, workers, nullptr);
    before.follow(outside.loop);
    outside.fail(impossible_name());
    Registry after(upstreams, workers, &before);
    before.stop_following();
    EXPECT_EQ(before.pool("a"), after.pool("a"));
    EXPECT_THAT(after.warnings(), IsEmpty());
    after.follow(outside.loop);
    outside.answer(impossible_name(), {"127.0.0.1:80"});
    outside.advance(1s);
    loop.poll();
    EXPECT_EQ((*after.pool("a")->pick(0, {}, now, {}))->name(), "127.0.0.1:80");
}

TEST_F(Registries, PublishNothingOnceTheyHaveStoppedFollowing) {
    FakeOutside outside;
    Registry registry({pool_of("a", {line(impossible_name(), 80)})}, workers, nullptr);
    registry.follow(outside.loop);
    registry.stop_following();
    outside.answer(impossible_name(), {"127.0.0.1:80"});
    outside.advance(1s);
    EXPECT_EQ(loop.poll(), 0u);
}

// nginx: in a group with a single server max_fails and fail_timeout are ignored.
TEST_F(Registries, ThePoolsOnlyEndpointIsNeverTakenOut) {
    const Registry registry({pool_of("a", {line("127.0.0.1", 1)})}, workers, nullptr);
    for (int i = 0; i < 5; ++i) (*registry.pool("a")->pick(0, {}, now, {}))->failed(now);
    EXPECT_TRUE(registry.pool("a")->pick(0, {}, now, {}));
}

TEST_F(Registries, TheOnlyEndpointMayStillBeMarkedDown) {
    config::Endpoint down = line("127.0.0.1", 1);
    down.down = true;
    const Registry registry({pool_of("a", {down})}, workers, nullptr);
    EXPECT_FALSE(registry.pool("a")->pick(0, {}, now, {}));
}

TEST_F(Registries, CarryMaxConnsOverAReload) {
    config::Endpoint one = line("127.0.0.1", 1);
    one.max_conns = 1;
    const Registry before({pool_of("a", {one})}, workers, nullptr);
    const auto tunnel = before.pool("a")->pick(0, {}, now, {});
    const Registry after({pool_of("a", {one, line("127.0.0.1", 2)})}, workers, &before);
    for (int i = 0; i < 3; ++i) EXPECT_EQ((*after.pool("a")->pick(0, {}, now, {}))->name(), "127.0.0.1:2");
}

TEST_F(Registries, OneOfTwoEndpointsIsTakenOut) {
    const Registry registry({pool_of("a", {line("127.0.0.1", 1), line("127.0.0.1", 2)})}, workers, nullptr);
    (*registry.pool("a")->pick(0, {}, now, {}))->failed(now);
    EXPECT_EQ((*registry.pool("a")->pick(0, {}, now, {}))->name(), "127.0.0.1:2");
    EXPECT_EQ((*registry.pool("a")->pick(0, {}, now, {}))->name(), "127.0.0.1:2");
}

}  // namespace
}  // namespace upstream_tests
