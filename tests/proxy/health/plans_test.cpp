// What probes need, out of a configuration.
#include "proxy/health/plans.hpp"

#include <algorithm>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proxy/model.hpp"

namespace proxy_tests {
namespace {

using proxy::health::ProbePlan;

// "KIND to HOST[ over TLS as NAME][ from ADDRESS,...][ announced]".
std::string described(const ProbePlan& plan) {
    using Kind = config::HealthCheck::Kind;
    std::string text = plan.check.kind == Kind::http ? "http" : plan.check.kind == Kind::tcp ? "tcp" : "websocket";
    text += " to " + plan.host;
    if (plan.tls) text += " over TLS as " + plan.tls_name;
    for (const net::SocketAddress& source : plan.sources)
        text += (&source == &plan.sources.front() ? " from " : ",") + net::host_text(source);
    if (plan.proxy_protocol != config::ProxyProtocol::off) text += " announced";
    return text;
}

// Of the pool "a" with these lines, in a server with these locations.
std::vector<ProbePlan> plans(const std::string& pool, const std::string& locations) {
    const auto model = model_of("match well { status 204; } upstream a { server 127.0.0.1:1; " + pool +
                                " } server { listen 127.0.0.1:2; " + locations + " }");
    const auto tls = proxy::route::TlsSetup::make(*model, proxy::route::make_ticket_keys(*model));
    const auto of_a = std::find_if(model->upstreams.begin(), model->upstreams.end(),
                                   [](const config::Upstream& upstream) { return upstream.name == "a"; });
    if (!tls) throw std::runtime_error(tls.error().front());
    return proxy::health::probe_plans(*model, *of_a, *tls);
}

TEST(ProbePlans, GoTheWayOfTheirLocation) {
    struct Row {
        const char* pool;
        const char* locations;
        std::vector<std::string> expected;
    };
    const char* const two_ways =
        "location / { proxy_pass http://a; proxy_bind 127.0.0.2 127.0.0.3 ::1; proxy_protocol on; }"
        "location /s { proxy_pass https://a; proxy_ssl_name secret.test; }";
    const Row rows[] = {
        {"", "location / { proxy_pass http://a; }", {}},
        {"health_check;", "", {"http to a"}},
        {"health_check; health_check type=tcp; health_check type=websocket;", "location / { proxy_pass http://a; }",
         {"http to a", "tcp to a", "websocket to a"}},
        {"health_check host=b.test;", "location / { proxy_pass http://a; }", {"http to b.test"}},
        // One of the upstream goes as the first location does.
        {"health_check;", two_ways, {"http to a from 127.0.0.2,127.0.0.3,::1 announced"}},
        {"health_check port=9;", two_ways, {"http to a from 127.0.0.2,127.0.0.3,::1"}},
        {"health_check;", "location / { proxy_pass https://a; }", {"http to a over TLS as a"}},
        {"health_check tls=off;", "location / { proxy_pass https://a; }", {"http to a"}},
        {"health_check tls=on;", "location / { proxy_pass http://a; }", {"http to a over TLS as a"}},
        {"health_check;", "location / { proxy_pass https://a; proxy_ssl_name $host; }", {"http to a over TLS as a"}},
        // Those of the upstream come before those of locations.
        {"health_check type=tcp;",
         "location / { proxy_pass http://a; health_check; proxy_bind 127.0.0.2; }"
         "location /s { proxy_pass https://a; health_check type=websocket; proxy_ssl_name secret.test; }"
         "location /other { proxy_pass http://127.0.0.1:9; health_check; }",
         {"tcp to a from 127.0.0.2", "http to a from 127.0.0.2", "websocket to a over TLS as secret.test"}},
    };
    for (const Row& row : rows) {
        std::vector<std::string> described_plans;
        for (const ProbePlan& plan : plans(row.pool, row.locations)) described_plans.push_back(described(plan));
        EXPECT_EQ(described_plans, row.expected) << row.pool << " " << row.locations;
    }
}

TEST(ProbePlans, FindTheirMatchBlockAndPattern) {
    const auto all = plans("health_check match=well; health_check type=websocket expect=^ok;", "");
    ASSERT_EQ(all.size(), 2u);
    proxy::http::ResponseHead head;
    head.status = 200;
    EXPECT_TRUE(all[0].test.complaint(head, "").has_value());
    head.status = 204;
    EXPECT_FALSE(all[0].test.complaint(head, "").has_value());
    ASSERT_TRUE(all[1].expected.has_value());
    EXPECT_TRUE(all[1].expected->matches("ok then"));
    EXPECT_FALSE(all[1].expected->matches("not ok"));
}

}  // namespace
}  // namespace proxy_tests
