// Which server and which location serve a request.
#include "proxy/route/router.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace proxy_tests {
namespace {

using config::LocationMatch;
using config::ServerName;
using Kind = config::ServerName::Kind;

ServerName server_name(const std::string& text) {
    if (text.starts_with("*.")) return {Kind::leading_wildcard, text};
    if (text.starts_with('.')) return {Kind::suffix, text};
    if (text.ends_with(".*")) return {Kind::trailing_wildcard, text};
    return {Kind::exact, text};
}

// Servers are told apart in these tests by their keepalive_requests.
config::Server server(unsigned mark, const std::vector<std::string>& names, std::uint16_t port = 80) {
    config::Server made;
    config::Listen listen;
    listen.address = config::TcpAddress{"", port};
    made.listen.push_back(listen);
    for (const std::string& name : names) made.names.push_back(server_name(name));
    made.settings.keepalive_requests = mark;
    made.settings.access_log.clear();
    return made;
}

config::Location location(LocationMatch match, const std::string& path, unsigned mark) {
    config::Location made;
    made.match = match;
    made.path = path;
    made.settings.keepalive_requests = mark;
    made.settings.access_log.clear();
    return made;
}

class Routing : public testing::Test {
  protected:
    const proxy::route::Router& route(std::vector<config::Server> servers) {
        model.servers = std::move(servers);
        registry.emplace(model.upstreams, std::vector<net::Executor>{loop.get_executor()}, nullptr);
        router.emplace(model, *registry, proxy::route::TlsSetup(), files);
        return *router;
    }

    unsigned server_for(const std::string& host, const std::string& listener = "*:80") const {
        return router->listener(listener)->find(host).location("").settings->keepalive_requests;
    }

    boost::asio::io_context loop;
    config::Model model;
    proxy::observe::LogFiles files;
    std::optional<upstream::Registry> registry;
    std::optional<proxy::route::Router> router;
};

TEST_F(Routing, ServersFollowNginxPrecedence) {
    route({server(1, {"default.example"}), server(2, {"www.example.com"}), server(3, {"*.example.com"}),
           server(4, {"*.deep.example.com"}), server(5, {"www.example.*"}), server(6, {"www.*"}),
           server(7, {".suffix.org"})});
    struct Row {
        const char* host;
        unsigned server;
    };
    const Row rows[] = {
        {"www.example.com", 2},      {"api.example.com", 3},  {"a.b.example.com", 3},  {"example.com", 1},
        {"x.deep.example.com", 4},   {"deep.example.com", 3}, {"www.example.org", 5},  {"www.example.co.uk", 5},
        {"www.other.org", 6},        {"www", 1},              {"suffix.org", 7},       {"a.suffix.org", 7},
        {"xsuffix.org", 1},          {"", 1},                 {"unknown", 1},          {"default.example", 1},
        {".example.com", 1},         {"wwww.example.org", 1}, {"127.0.0.1", 1},        {"[::1]", 1},
    };
    for (const Row& row : rows) EXPECT_EQ(server_for(row.host), row.server) << row.host;
}

TEST_F(Routing, TheFirstServerIsTheDefault) {
    route({server(1, {"a"}), server(2, {"b"})});
    EXPECT_EQ(server_for("unknown"), 1u);
}

TEST_F(Routing, DefaultServerIsTheDefaultWhereverItStands) {
    auto second = server(2, {"b"});
    second.listen[0].default_server = true;
    route({server(1, {"a"}), second, server(3, {"c"})});
    EXPECT_EQ(server_for("unknown"), 2u);
    EXPECT_EQ(server_for("a"), 1u);
}

TEST_F(Routing, TheFirstOfConflictingNamesWins) {
    route({server(1, {"a"}), server(2, {"a"})});
    EXPECT_EQ(server_for("a"), 1u);
}

TEST_F(Routing, ListenersHaveServersOfTheirOwn) {
    route({server(1, {"a"}, 80), server(2, {"a"}, 81)});
    EXPECT_EQ(server_for("a", "*:80"), 1u);
    EXPECT_EQ(server_for("a", "*:81"), 2u);
    EXPECT_EQ(router->listener("*:82"), nullptr);
}

TEST_F(Routing, TheHeaderTimeoutIsThatOfTheDefaultServer) {
    auto only = server(1, {});
    only.limits.client_header_timeout = std::chrono::seconds(7);
    route({only});
    EXPECT_EQ(router->header_timeout("*:80"), std::chrono::seconds(7));
}

TEST_F(Routing, LocationsFollowNginxPrecedence) {
    auto only = server(1, {});
    only.locations = {location(LocationMatch::prefix, "/", 10), location(LocationMatch::prefix, "/app", 11),
                      location(LocationMatch::prefix, "/app/deep/", 12), location(LocationMatch::exact, "/app", 13),
                      location(LocationMatch::exact, "/", 14)};
    route({only});
    struct Row {
        const char* path;
        unsigned location;
    };
    const Row rows[] = {{"/", 14},          {"/x", 10},           {"/app", 13},      {"/app/", 11}, {"/apple", 11},
                        {"/app/deep", 11},  {"/app/deep/", 12},   {"/app/deep/x", 12}, {"/APP", 10}};
    for (const Row& row : rows)
        EXPECT_EQ(router->listener("*:80")->default_server().location(row.path).settings->keepalive_requests,
                  row.location)
            << row.path;
}

TEST_F(Routing, WithoutAMatchTheServersOwnSettingsHold) {
    auto only = server(1, {});
    only.locations = {location(LocationMatch::prefix, "/app", 11)};
    route({only});
    const auto& found = router->listener("*:80")->default_server().location("/other");
    EXPECT_EQ(found.settings->keepalive_requests, 1u);
    EXPECT_EQ(found.pool, nullptr);
}

TEST_F(Routing, LocationsKnowTheirPool) {
    config::Endpoint endpoint;
    endpoint.address = config::TcpAddress{"127.0.0.1", 1};
    model.upstreams = {{"pool", {endpoint}}};
    auto only = server(1, {});
    only.locations = {location(LocationMatch::prefix, "/", 10)};
    only.locations[0].settings.proxy_pass = config::ProxyPass{"pool", "pool", std::nullopt};
    route({only});
    EXPECT_EQ(router->listener("*:80")->default_server().location("/").pool, registry->pool("pool"));
}

}  // namespace
}  // namespace proxy_tests
