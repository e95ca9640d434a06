// Requests that are bound to an endpoint, and what becomes of them when it is gone, full, drained or was tried.
#include "upstream/affinity/affinity.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/upstream/endpoints.hpp"
#include "upstream/pool.hpp"

namespace upstream_tests {
namespace {

using upstream::Mark;

const net::TimePoint now{std::chrono::hours(1)};

enum class Change { none, down, drain, backup };

config::Endpoint line(Change change) {
    config::Endpoint made = settings(1);
    made.down = change == Change::down;
    made.drain = change == Change::drain;
    made.backup = change == Change::backup;
    return made;
}

class Affinity : public testing::Test {
  protected:
    /// A pool of one endpoint for each of these, with what stays from the last one.
    void configure(const std::vector<config::Endpoint>& lines, config::Sticky sticky = config::StickyCookie{"srv"}) {
        config::Upstream block;
        block.name = "pool";
        block.sticky = std::move(sticky);
        pool.emplace(block, std::vector<net::Executor>{loop.get_executor()}, live);
        endpoints.clear();
        for (const config::Endpoint& each : lines)
            endpoints.push_back(make_endpoint(each, static_cast<unsigned>(endpoints.size()), live));
        pool->start_with(endpoints);
    }

    Mark mark(std::size_t index) const { return pool->mark_of(0, *endpoints[index]); }

    /// The endpoints that `count` requests with that mark get, as letters.
    std::string picks(const Mark& bound_to, std::size_t count, upstream::Tried tried = {}) const {
        std::string letters;
        for (std::size_t i = 0; i < count; ++i) {
            const auto lease = pool->pick(0, {{}, {}, bound_to}, now, tried);
            letters += lease ? static_cast<char>('a' + index_of(endpoints, &**lease)) : '-';
        }
        return letters;
    }

    boost::asio::io_context loop;
    std::shared_ptr<upstream::LivePool> live = std::make_shared<upstream::LivePool>();
    std::optional<upstream::Pool> pool;
    upstream::Endpoints endpoints;
};

TEST_F(Affinity, StaysWithTheEndpointThatTheMarkNames) {
    configure({line(Change::none), line(Change::none), line(Change::none)});
    EXPECT_EQ(picks(mark(1), 4), "bbbb");
    EXPECT_EQ(picks(mark(2), 2), "cc");
}

TEST_F(Affinity, BalancesWhatHasNoMarkOrAnUnknownOne) {
    configure({line(Change::none), line(Change::none)});
    EXPECT_EQ(picks(Mark{}, 4), "abab");
}

TEST_F(Affinity, DoesNotTakeTurnsFromOthers) {
    configure({line(Change::none), line(Change::none)});
    EXPECT_EQ(picks(Mark{}, 1), "a");
    EXPECT_EQ(picks(mark(0), 3), "aaa");
    EXPECT_EQ(picks(Mark{}, 1), "b");
}

TEST_F(Affinity, MovesOnFromAnEndpointThatIsDown) {
    configure({line(Change::down), line(Change::none), line(Change::none)});
    EXPECT_EQ(picks(mark(0), 2), "bc");
}

TEST_F(Affinity, MovesOnFromAnEndpointThatHasFailed) {
    configure({line(Change::none), line(Change::none)});
    endpoints[0]->failed(now);
    EXPECT_EQ(picks(mark(0), 2), "bb");
}

TEST_F(Affinity, MovesOnFromAnEndpointThatWasTried) {
    configure({line(Change::none), line(Change::none)});
    const upstream::Endpoints tried{endpoints[0]};
    EXPECT_EQ(picks(mark(0), 1, tried), "b");
}

TEST_F(Affinity, MovesOnFromAnEndpointThatIsFull) {
    config::Endpoint one = line(Change::none);
    one.max_conns = 1;
    configure({one, line(Change::none)});
    const auto lease = pool->pick(0, {{}, {}, mark(0)}, now, {});
    EXPECT_EQ(picks(mark(0), 1), "b");
}

TEST_F(Affinity, KeepsItsOwnOnAnEndpointThatDrains) {
    configure({line(Change::drain), line(Change::none)});
    EXPECT_EQ(picks(mark(0), 2), "aa");
    EXPECT_EQ(picks(Mark{}, 2), "bb");
    endpoints[0]->failed(now);
    EXPECT_EQ(picks(mark(0), 1), "b");
}

TEST_F(Affinity, MovesOnFromAnEndpointThatIsGone) {
    configure({line(Change::none), line(Change::none), line(Change::none)});
    const Mark gone = mark(2);
    configure({line(Change::none), line(Change::none)});
    EXPECT_EQ(picks(gone, 2), "ab");
}

TEST_F(Affinity, GoesBackFromABackup) {
    configure({line(Change::none), line(Change::backup), line(Change::backup)});
    EXPECT_EQ(picks(mark(2), 1), "a");
    endpoints[0]->failed(now);
    EXPECT_EQ(picks(mark(2), 3), "ccc");
}

TEST_F(Affinity, KeepsItsMarksOverAReload) {
    configure({line(Change::none), line(Change::none)});
    const Mark before = mark(1);
    configure({line(Change::none), line(Change::none), line(Change::none)});
    EXPECT_EQ(mark(1), before);
}

TEST_F(Affinity, HasTheMarksOfOthersWithTheSameSecret) {
    config::StickyCookie cookie{"srv"};
    cookie.secret = "0123456789abcdef";
    configure({line(Change::none)}, cookie);
    const Mark ours = mark(0);
    EXPECT_EQ(ours, upstream::MarkKey(cookie.secret).mark("127.0.0.1:7000"));
    live = std::make_shared<upstream::LivePool>();
    configure({line(Change::none)}, cookie);
    EXPECT_EQ(mark(0), ours);
    configure({line(Change::none)});
    EXPECT_NE(mark(0), ours);
}

TEST_F(Affinity, KnowsAnEndpointThatHasJustBeenReplaced) {
    configure({line(Change::none), line(Change::none)});
    const auto replaced = endpoints[1];
    const Mark before = mark(1);
    configure({line(Change::none)});
    EXPECT_EQ(pool->mark_of(0, *replaced), before);
}

TEST_F(Affinity, FollowsARouteToTheFirstThatHasIt) {
    config::Endpoint left = line(Change::none);
    left.route = "left";
    config::Endpoint right = line(Change::none);
    right.route = "right";
    configure({line(Change::none), right, left, left}, config::StickyRoute{});
    const auto route = [&](std::string_view name) { return pool->mark_key().mark(name); };
    EXPECT_EQ(picks(route("left"), 2), "cc");
    EXPECT_EQ(picks(route("right"), 2), "bb");
    EXPECT_EQ(picks(route("nowhere"), 2), "ab");
    EXPECT_EQ(picks(route(""), 2), "cd");
    endpoints[2]->failed(now);
    EXPECT_EQ(picks(route("left"), 2), "dd");
}

}  // namespace
}  // namespace upstream_tests
