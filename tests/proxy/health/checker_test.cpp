// Which endpoints a health check probes, when, from where, and what it makes of them.
#include "proxy/health/checker.hpp"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/listening.hpp"
#include "tests/proxy/captured_errors.hpp"
#include "upstream/connect/source_ports.hpp"

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;
using config::HealthCheck;
using net_tests::tcp;
using proxy::health::ProbePlan;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Change = upstream::Endpoint::Change;

/// Takes connections to one address, or to every address of this machine, and never answers.
class Silence {
  public:
    explicit Silence(const net::SocketAddress& address) : listening_(address, 1024) {}

    std::uint16_t port() const { return net::port_of(listening_.address()); }

    /// Where those come from who have come since the last time, by their addresses. They stay connected.
    std::vector<std::string> accept() {
        std::vector<std::string> clients;
        while (auto client = listening_.accept()) {
            clients.push_back(net::host_text(net_tests::address_of_peer(client->descriptor())));
            taken_.push_back(std::move(*client));
        }
        return clients;
    }

  private:
    net_tests::Listening listening_;
    std::vector<net_tests::Peer> taken_;
};

class Checker : public testing::Test {
  protected:
    Checker() {
        plan.host = "pool";
        plan.check.interval = 4s;
        plan.check.timeout = 1s;
    }
    ~Checker() override {
        if (checker) checker->stop();
    }

    std::shared_ptr<upstream::Endpoint> endpoint(const net::SocketAddress& address) {
        return std::make_shared<upstream::Endpoint>(settings, address, *live);
    }

    // On the loop, as the control thread does it.
    void use(const upstream::Endpoints& endpoints) {
        if (!checker)
            checker = std::make_shared<proxy::health::Checker>(
                loop.executor(), loop.deadlines(), "pool", 0, plan,
                [this](const auto& changed, Change change) { changes.emplace_back(changed->name(), change); });
        boost::asio::post(loop.executor(), [this, &endpoints] {
            checker->use(endpoints);
            changes_within_use = changes.size();
        });
        loop.turn();
    }

    net_tests::Loop loop;
    TemporaryFolder folder;
    CapturedErrors errors;
    config::Endpoint settings;
    ProbePlan plan;
    std::shared_ptr<upstream::LivePool> live = std::make_shared<upstream::LivePool>();
    std::shared_ptr<proxy::health::Checker> checker;
    std::vector<std::pair<std::string, Change>> changes;
    std::size_t changes_within_use = 0;
};

TEST_F(Checker, SpreadsTheFirstProbesOverAnInterval) {
    Silence service(tcp("0.0.0.0"));
    upstream::Endpoints all;
    for (int i = 1; i <= 4; ++i) all.push_back(endpoint(tcp("127.0.2." + std::to_string(i), service.port())));
    use(all);
    for (int second = 0; second < 4; ++second) {
        EXPECT_THAT(service.accept(), SizeIs(1)) << "second " << second;
        loop.expire(1s);
    }
}

TEST_F(Checker, ProbesAnEndpointAgainAfterAnInterval) {
    Silence service(tcp("127.0.0.1"));
    const upstream::Endpoints one{endpoint(tcp("127.0.0.1", service.port()))};
    use(one);
    EXPECT_THAT(service.accept(), SizeIs(1));
    loop.expire(1s);
    EXPECT_THAT(changes, ElementsAre(std::pair(one[0]->name(), Change::fell))) << "its time is up";
    loop.expire(2s);
    EXPECT_THAT(service.accept(), IsEmpty());
    loop.expire(1s);
    EXPECT_THAT(service.accept(), SizeIs(1));
}

TEST_F(Checker, ProbesMandatoryOnesAtOnceButNotAllOfThem) {
    plan.check.start = HealthCheck::Start::awaited;
    Silence service(tcp("0.0.0.0"));
    upstream::Endpoints all;
    for (int i = 1; i <= 200; ++i) all.push_back(endpoint(tcp("127.0.2." + std::to_string(i), service.port())));
    use(all);
    EXPECT_THAT(service.accept(), SizeIs(proxy::health::Checker::most_at_once));
    loop.expire(1s);
    EXPECT_THAT(service.accept(), SizeIs(200 - proxy::health::Checker::most_at_once));
}

// Nobody listens: each probe fails without waiting, and a thousand of them must not stand on one stack.
TEST_F(Checker, BeginsNoProbeOnTheStackOfAnother) {
    plan.check.start = HealthCheck::Start::awaited;
    upstream::Endpoints all;
    for (int i = 0; i < 1000; ++i) all.push_back(endpoint(*net::unix_address(folder / ("none" + std::to_string(i)))));
    use(all);
    EXPECT_EQ(changes_within_use, 0u);
    EXPECT_THAT(changes, SizeIs(1000));
}

TEST_F(Checker, ProbesFromASourceOfTheFamilyOfTheEndpoint) {
    plan.check.kind = HealthCheck::Kind::tcp;
    plan.check.start = HealthCheck::Start::awaited;
    plan.sources = {tcp("127.0.0.7")};
    Silence over_tcp(tcp("127.0.0.1"));
    Silence over_unix(*net::unix_address(folder / "service"));
    use({endpoint(tcp("127.0.0.1", over_tcp.port())), endpoint(*net::unix_address(folder / "service"))});
    EXPECT_THAT(over_tcp.accept(), ElementsAre("127.0.0.7"));
    EXPECT_THAT(over_unix.accept(), SizeIs(1));
    EXPECT_THAT(changes, testing::Each(testing::Field(&std::pair<std::string, Change>::second, Change::rose)));
}

TEST_F(Checker, CountsTheLocalPortOfAProbeWhileItLasts) {
    plan.sources = {tcp("127.0.0.7")};
    Silence service(tcp("127.0.0.1"));
    const upstream::Endpoints one{endpoint(tcp("127.0.0.1", service.port()))};
    const auto held = [&] {
        std::size_t ports = 0;
        for (const auto& usage : upstream::SourcePorts::of_process().usage())
            if (usage.source == "127.0.0.7" && usage.destination == one[0]->name()) ports += usage.held;
        return ports;
    };
    use(one);
    EXPECT_EQ(held(), 1u);
    loop.expire(1s);
    EXPECT_THAT(changes, SizeIs(1));
    EXPECT_EQ(held(), 0u);
}

TEST_F(Checker, LeavesTheMarkedDownAlone) {
    Silence service(tcp("127.0.0.1"));
    settings.down = true;
    use({endpoint(tcp("127.0.0.1", service.port()))});
    loop.expire(4s);
    EXPECT_THAT(service.accept(), IsEmpty());
}

TEST_F(Checker, CountsNothingOnceItIsStopped) {
    Silence service(tcp("127.0.0.1"));
    use({endpoint(tcp("127.0.0.1", service.port()))});
    checker->stop();
    loop.expire(10s);
    EXPECT_THAT(service.accept(), SizeIs(1)) << "the one that was on its way";
    EXPECT_THAT(changes, IsEmpty());
}

TEST_F(Checker, ForgetsAnEndpointThatLeaves) {
    Silence service(tcp("127.0.0.1"));
    use({endpoint(tcp("127.0.0.1", service.port()))});
    use({});
    loop.expire(10s);
    EXPECT_THAT(service.accept(), SizeIs(1)) << "the one that was on its way";
    EXPECT_THAT(changes, IsEmpty());
}

}  // namespace
}  // namespace proxy_tests
