// An exchange with a client at the other end of a socket pair, up to the point where it is forwarded.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy/exchange.hpp"
#include "tests/net/stream_fixture.hpp"
#include "tests/proxy/model.hpp"

namespace proxy_tests {

class ExchangeTest : public testing::Test {
  protected:
    ExchangeTest() { configure("server 127.0.0.1:1;"); }

    /// Makes a proxy whose only location passes everything to a pool of these `server` lines.
    void configure(const std::string& endpoints, const std::string& location = "") {
        const auto model =
            model_of("client_max_body_size 1m; upstream pool { " + endpoints +
                     " } server { listen 1; location / { proxy_pass http://pool; " + location + " } }");
        generation = std::make_shared<proxy::lifecycle::Generation>(
            model, std::vector<net::Executor>{loop.executor()}, files, nullptr);
        exchange.emplace(proxy::Exchange{loop.executor(), loop.deadlines(), 0, kept, generation, *client.first, reader,
                                         address, 1, 1});
    }

    /// The client sends a request, whose head is read and examined.
    void receive(const std::string& request, proxy::UpgradeWish upgrade = proxy::UpgradeWish::none) {
        client.second.send(request);
        request_head = *loop.run(reader.read_head(proxy::http::HeadLimits{}, std::chrono::hours(1)));
        reader.expect_body(*request_framing(*request_head));
        examine(upgrade);
    }

    /// Examines the head that was read, for the configuration at work.
    void examine(proxy::UpgradeWish upgrade = proxy::UpgradeWish::none) {
        exchange->head = request_head;
        exchange->framing = *request_framing(*request_head);
        exchange->target = *examine_target(*exchange->head);
        exchange->server = &generation->router().listener("*:1")->default_server();
        exchange->location = &exchange->server->location("/");
        exchange->upgrade = upgrade;
        exchange->persistence = proxy::http::Persistence::keep_alive;
    }

    net_tests::Loop loop;
    upstream::KeptConnections kept{0, loop.deadlines()};
    proxy::observe::LogFiles files;
    std::shared_ptr<proxy::lifecycle::Generation> generation;
    proxy::route::ClientAddress address{"192.0.2.7", 50123, "198.51.100.1", 1, ""};
    std::pair<std::unique_ptr<net::Stream>, net_tests::Peer> client = loop.stream();
    boost::beast::flat_buffer buffer;
    proxy::http::RequestReader reader{*client.first, buffer};
    const proxy::http::RequestHead* request_head = nullptr;
    std::optional<proxy::Exchange> exchange;
};

}  // namespace proxy_tests
