// The head of a request as the upstream gets it.
#include "proxy/route/header_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using config::HttpVersion;
using proxy::http::BodyEnd;
using proxy::http::Framing;
using proxy::http::Persistence;
using proxy::route::effective_rules;
using proxy::route::UpgradeHeaders;
using testing::HasSubstr;
using testing::Not;
using Rules = std::vector<config::HeaderRule>;

Rules rules(const FieldList& list) {
    Rules made;
    for (const auto& [name, value] : list) made.push_back({name, config::parse_template(value).value});
    return made;
}

struct Sending {
    ViewedRequest request;
    Rules rules{};
    HttpVersion version = HttpVersion::http_1_1;
    Framing framing{};
    UpgradeHeaders upgrade = UpgradeHeaders::by_rules;
    Persistence persistence = Persistence::close;

    std::string head() const {
        return upstream_head(request.view(), rules, request.target.origin, version, framing, upgrade,
                             persistence);
    }
};

Sending get(const FieldList& list) { return {ViewedRequest(request("GET", "/a", list))}; }

TEST(UpstreamHead, KeepsOrderAndCase) {
    EXPECT_EQ(get({{"x-B", "1"}, {"hOST", "h"}, {"X-a", ""}, {"x-B", "2"}}).head(),
              "GET /a HTTP/1.1\r\nx-B: 1\r\nhOST: h\r\nX-a: \r\nx-B: 2\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, ReplacesInPlace) {
    Sending sending = get({{"A", "1"}, {"host", "h"}, {"B", "2"}});
    sending.rules = rules({{"Host", "new"}});
    EXPECT_EQ(sending.head(), "GET /a HTTP/1.1\r\nA: 1\r\nHost: new\r\nB: 2\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, ReplacesARepeatedFieldOnce) {
    Sending sending = get({{"Host", "h"}, {"X", "1"}, {"A", "a"}, {"x", "2"}});
    sending.rules = rules({{"X", "new"}});
    EXPECT_EQ(sending.head(), "GET /a HTTP/1.1\r\nHost: h\r\nX: new\r\nA: a\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, AddsWhatTheRequestDoesNotHave) {
    Sending sending = get({{"Host", "h"}});
    sending.rules = rules({{"X-Real-IP", "$remote_addr"}, {"X-Two", "2"}});
    EXPECT_EQ(sending.head(),
              "GET /a HTTP/1.1\r\nHost: h\r\nX-Real-IP: 192.0.2.7\r\nX-Two: 2\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, AnEmptyValueDropsTheField) {
    Sending sending = get({{"Host", "h"}, {"Accept-Encoding", "gzip"}});
    sending.rules = rules({{"Accept-Encoding", ""}, {"X", "$http_absent"}});
    EXPECT_EQ(sending.head(), "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, DropsWhatConcernsTheClientsHop) {
    EXPECT_EQ(get({{"Host", "h"},
                   {"Connection", "keep-alive, X-Hop"},
                   {"Keep-Alive", "5"},
                   {"X-Hop", "1"},
                   {"Upgrade", "websocket"},
                   {"TE", "trailers"},
                   {"Proxy-Connection", "keep-alive"}})
                  .head(),
              "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, ListingHostInConnectionDoesNotRemoveIt) {
    EXPECT_EQ(get({{"Host", "h"}, {"Connection", "Host"}}).head(),
              "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, AListedFieldThatARuleSetsIsStillSent) {
    Sending sending = get({{"Host", "h"}, {"Connection", "X-Real-IP"}, {"X-Real-IP", "6.6.6.6"}});
    sending.rules = rules({{"X-Real-IP", "$remote_addr"}});
    EXPECT_THAT(sending.head(), HasSubstr("X-Real-IP: 192.0.2.7\r\n"));
    EXPECT_THAT(sending.head(), Not(HasSubstr("6.6.6.6")));
}

TEST(UpstreamHead, FramesTheBodyItself) {
    Sending sending{ViewedRequest(request("POST", "/a", {{"Content-Length", "5"}, {"Host", "h"}}))};
    sending.framing = {BodyEnd::length, 5};
    EXPECT_EQ(sending.head(), "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
    sending.framing = {BodyEnd::chunked, 0};
    EXPECT_EQ(sending.head(), "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, RulesCannotContradictTheBody) {
    Sending sending = get({{"Host", "h"}});
    sending.rules = rules({{"Content-Length", "9"}, {"transfer-encoding", "chunked"}});
    EXPECT_EQ(sending.head(), "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, SpeaksHttp10WhereItIsToldTo) {
    Sending sending = get({{"Host", "h"}});
    sending.version = HttpVersion::http_1_0;
    EXPECT_EQ(sending.head(), "GET /a HTTP/1.0\r\nHost: h\r\n\r\n");
}

TEST(UpstreamHead, TheConnectionFieldIsTheRules) {
    Sending sending = get({{"Host", "h"}, {"Connection", "keep-alive"}});
    sending.rules = rules({{"Connection", "custom"}});
    EXPECT_EQ(sending.head(), "GET /a HTTP/1.1\r\nHost: h\r\nConnection: custom\r\n\r\n");
}

const FieldList upgrading{{"Host", "h"}, {"Upgrade", "WebSocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Key", "k"}};

TEST(UpstreamHead, ForwardsANativeUpgrade) {
    Sending sending = get(upgrading);
    sending.upgrade = UpgradeHeaders::websocket;
    EXPECT_EQ(sending.head(),
              "GET /a HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Key: k\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
}

// In nginx syntax `Connection close` is in force unless another one is written, also where proxy_websocket is on.
TEST(UpstreamHead, NoRuleUndoesANativeUpgrade) {
    Sending sending = get(upgrading);
    sending.upgrade = UpgradeHeaders::websocket;
    const std::string handshake = sending.head();
    for (const char* const connection : {"close", "", "keep-alive"}) {
        sending.rules = rules({{"upgrade", "h2c"}, {"Connection", connection}});
        EXPECT_EQ(sending.head(), handshake) << connection;
    }
}

TEST(UpstreamHead, ForwardsAnUpgradeByRules) {
    Sending sending = get(upgrading);
    sending.rules = rules({{"Upgrade", "$http_upgrade"}, {"Connection", "upgrade"}});
    EXPECT_EQ(sending.head(),
              "GET /a HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: k\r\n\r\n");
}

TEST(UpstreamHead, ForwardsNoUpgradeWithoutRules) {
    EXPECT_EQ(get(upgrading).head(),
              "GET /a HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Key: k\r\nConnection: close\r\n\r\n");
}

// $uri is decoded: what the client escaped must not become a line of its own in the head.
TEST(UpstreamHead, NoValueBreaksOutOfItsLine) {
    Sending sending{ViewedRequest(request("GET", "/x%0d%0aEvil:%20yes%0d%0a%0d%0aGET%20/%20HTTP/1.1", {{"Host", "h"}}))};
    sending.rules = rules({{"X-Path", "$uri"}});
    EXPECT_EQ(sending.head(),
              "GET /x%0d%0aEvil:%20yes%0d%0a%0d%0aGET%20/%20HTTP/1.1 HTTP/1.1\r\nHost: h\r\n"
              "X-Path: /x%0D%0AEvil: yes%0D%0A%0D%0AGET / HTTP/1.1\r\nConnection: close\r\n\r\n");
}

TEST(UpstreamHead, BinaryValuesDoNotBreakTheHead) {
    Sending sending = get({{"Host", "h"}});
    sending.request.client.remote_binary = std::string("\x0a\x0d\x00\x0a", 4);
    sending.rules = rules({{"X-Address", "$binary_remote_addr"}});
    EXPECT_THAT(sending.head(), HasSubstr("X-Address: %0A%0D%00%0A\r\n"));
}

TEST(UpstreamHead, NothingIsSaidOfAConnectionThatIsKept) {
    Sending sending = get({{"Host", "h"}, {"Connection", "close"}});
    sending.persistence = Persistence::keep_alive;
    EXPECT_EQ(sending.head(), "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST(RulesAskToClose, WhereConnectionListsIt) {
    struct Row {
        FieldList rules;
        bool asks;
    };
    const Row rows[] = {
        {{}, false},
        {{{"Connection", ""}}, false},
        {{{"Connection", "upgrade"}}, false},
        {{{"X-Connection", "close"}}, false},
        {{{"connection", "Close"}}, true},
        {{{"Connection", "upgrade, close"}}, true},
        {{{"Connection", "$http_x"}}, true},
    };
    const ViewedRequest viewed(request("GET", "/", {{"Host", "h"}, {"X", "close"}}));
    for (const Row& row : rows)
        EXPECT_EQ(proxy::route::rules_ask_to_close(viewed.view(), rules(row.rules)), row.asks);
}

TEST(RulesAskForUpgrade, WhereBothHeadersSaySo) {
    struct Row {
        FieldList request;
        FieldList rules;
        bool asks;
    };
    const FieldList seed{{"Upgrade", "$http_upgrade"}, {"Connection", "upgrade"}};
    const Row rows[] = {
        {upgrading, seed, true},
        {{{"Host", "h"}}, seed, false},
        {{{"Host", "h"}, {"Upgrade", ""}}, seed, false},
        {upgrading, {{"Upgrade", "$http_upgrade"}}, false},
        {upgrading, {{"Connection", "upgrade"}}, false},
        {upgrading, {{"Upgrade", "$http_upgrade"}, {"Connection", "$http_connection"}}, true},
        {upgrading, {{"Upgrade", "$http_upgrade"}, {"Connection", "close"}}, false},
        {upgrading, {}, false},
    };
    for (const Row& row : rows) {
        const ViewedRequest viewed(request("GET", "/", row.request));
        EXPECT_EQ(proxy::route::rules_ask_for_upgrade(viewed.view(), rules(row.rules)), row.asks);
    }
}

std::vector<std::string> names(const Rules& list) {
    std::vector<std::string> all;
    for (const config::HeaderRule& rule : list) all.push_back(rule.name);
    return all;
}

TEST(EffectiveRules, AreTheConfiguredOnes) {
    config::LocationSettings settings;
    settings.proxy_set_header = rules({{"Host", "x"}});
    EXPECT_EQ(effective_rules(settings), settings.proxy_set_header);
}

TEST(EffectiveRules, AddTheForwardedHeaders) {
    config::LocationSettings settings;
    settings.proxy_forwarded = true;
    EXPECT_THAT(names(effective_rules(settings)),
                testing::ElementsAre("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP"));
    Sending sending = get({{"Host", "h:1"}, {"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-Host", "evil"}});
    sending.rules = effective_rules(settings);
    EXPECT_EQ(sending.head(),
              "GET /a HTTP/1.1\r\nHost: h:1\r\nX-Forwarded-For: 6.6.6.6, 192.0.2.7\r\nX-Forwarded-Host: h:1\r\n"
              "X-Forwarded-Proto: http\r\nX-Real-IP: 192.0.2.7\r\nConnection: close\r\n\r\n");
}

TEST(EffectiveRules, LetAConfiguredRuleWin) {
    config::LocationSettings settings;
    settings.proxy_forwarded = true;
    settings.proxy_set_header = rules({{"x-real-ip", ""}});
    EXPECT_THAT(names(effective_rules(settings)),
                testing::ElementsAre("x-real-ip", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"));
}

}  // namespace
}  // namespace proxy_tests
