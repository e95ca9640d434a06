// One request and its response between two socket pairs: streaming, early answers, failures of either side, upgrades.
#include "proxy/http/conversation.hpp"

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "proxy/http/refusal.hpp"
#include "proxy/websocket/handshake.hpp"
#include "tests/proxy/http/exchange_fixture.hpp"

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;
using net::Party;
using proxy::http::MessageError;
using proxy::http::Persistence;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Conversation : public ExchangeTest {
  protected:
    // The client sends a request; its head is read and the conversation begins.
    void begin(const std::string& request, proxy::UpgradeWish upgrade = proxy::UpgradeWish::none,
               Persistence persistence = Persistence::close) {
        receive(request, upgrade);
        choice.emplace(*exchange);
        for (unsigned endpoint = 0; endpoint < tried; ++endpoint) choice->next();
        conversation.emplace(*exchange, *upstream.first, persistence, *choice, permit);
        outcome = loop.start(conversation->run());
    }

    void begin_on_kept(const std::string& request) {
        begin(request, proxy::UpgradeWish::none, Persistence::keep_alive);
    }

    net_tests::Peer& far_client() { return client.second; }
    net_tests::Peer& far_upstream() { return upstream.second; }

    bool done() {
        loop.turn();
        return outcome->done();
    }
    net::Result<> result() { return outcome->take(); }

    std::pair<std::unique_ptr<net::Stream>, net_tests::Peer> upstream = loop.stream();
    unsigned tried = 1;  // endpoints, this one included
    std::optional<proxy::http::EndpointChoice> choice;
    upstream::Admission admission;
    upstream::Admission::Permit permit;
    std::optional<proxy::http::Conversation> conversation;
    std::optional<net_tests::Outcome<net::Result<>>> outcome;
};

const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string upload = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
const std::string chunked_upload = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(Conversation, PassesARequestAndItsResponse) {
    begin(get);
    EXPECT_EQ(far_upstream().receive(), "GET / HTTP/1.1\r\nHost: pool\r\nConnection: close\r\n\r\n");
    far_upstream().send(answer);
    ASSERT_TRUE(done());
    EXPECT_TRUE(result());
    EXPECT_EQ(far_client().receive(), answer);
    EXPECT_EQ(exchange->status, 200u);
    EXPECT_EQ(exchange->body_sent, 2u);
    EXPECT_EQ(exchange->persistence, Persistence::keep_alive);
}

TEST_F(Conversation, StreamsTheResponseAsItComes) {
    begin(get);
    far_upstream().receive();
    far_upstream().send("HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_FALSE(done());
    EXPECT_EQ(far_client().receive(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    far_upstream().send("one");
    EXPECT_FALSE(done());
    EXPECT_EQ(far_client().receive(), "3\r\none\r\n");
    far_upstream().close();
    ASSERT_TRUE(done());
    EXPECT_EQ(far_client().receive(), "0\r\n\r\n");
}

TEST_F(Conversation, StreamsTheRequestBodyAsItComes) {
    begin(chunked_upload + "3\r\none\r\n");
    EXPECT_THAT(far_upstream().receive(), EndsWith("\r\n\r\n3\r\none\r\n"));
    far_client().send("3\r\ntwo\r\n0\r\nX-Sum: 6\r\n\r\n");
    EXPECT_FALSE(done());
    EXPECT_THAT(far_upstream().receive(), EndsWith("0\r\nX-Sum: 6\r\n\r\n"));
    far_upstream().send(answer);
    ASSERT_TRUE(done());
    EXPECT_EQ(exchange->persistence, Persistence::keep_alive);
}

TEST_F(Conversation, PassesInterimResponses) {
    begin("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    far_upstream().send("HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_FALSE(done());
    EXPECT_EQ(far_client().receive(), "HTTP/1.1 100 Continue\r\n\r\n");
    far_client().send("hi");
    loop.turn();
    far_upstream().send(answer);
    ASSERT_TRUE(done());
    EXPECT_EQ(far_client().receive(), answer);
}

TEST_F(Conversation, RefusesAnEndlessRowOfInterimResponses) {
    begin(get);
    for (int i = 0; i < 17; ++i) far_upstream().send("HTTP/1.1 103 Early\r\n\r\n");
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error().code, MessageError::malformed);
}

TEST_F(Conversation, AnEarlyAnswerEndsTheUpload) {
    begin(upload + "half");
    far_upstream().send(answer);
    ASSERT_TRUE(done());
    EXPECT_TRUE(result());
    EXPECT_THAT(far_client().receive(), HasSubstr("Connection: close"));
    EXPECT_EQ(exchange->persistence, Persistence::close);
}

TEST_F(Conversation, AnEarlyAnswerEndsAnUploadThatTheUpstreamDoesNotRead) {
    begin(chunked_upload);
    const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
    for (int i = 0; i < 16; ++i) {
        far_client().send(chunk);
        loop.turn();
        if (far_client().receive(1).empty() && i > 10) break;
    }
    far_upstream().send(answer);
    ASSERT_TRUE(done());
    EXPECT_TRUE(result());
}

// The bytes of the client and the end of the response arrive in the same turn of the event loop, in either order.
TEST_F(Conversation, AnEarlyAnswerEndsAnUploadThatIsJustGoingOn) {
    begin(upload + "a");
    far_client().send("b");
    far_upstream().send(answer);
    ASSERT_TRUE(done());
    EXPECT_TRUE(result());
}

TEST_F(Conversation, AClientThatGoesAwayWhileItUploadsEndsEverything) {
    begin(upload + "half");
    far_client().shutdown_write();
    ASSERT_TRUE(done());
    const auto failed = result();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), (net::Failure{boost::asio::error::eof, Party::client, net::Stage::request_body}));
    far_upstream().receive();
    EXPECT_TRUE(far_upstream().ended());
}

TEST_F(Conversation, AChunkedBodyIsBoundedToo) {
    begin(chunked_upload);
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    for (int i = 0; i < 17 && !outcome->done(); ++i) {
        far_client().send(chunk);
        loop.turn();
        far_upstream().receive();
        loop.turn();
    }
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error().code, MessageError::body_too_large);
    EXPECT_FALSE(exchange->response_begun);
}

TEST_F(Conversation, AMalformedChunkIsTheClientsFailure) {
    begin(chunked_upload + "zz\r\n");
    ASSERT_TRUE(done());
    const auto failed = result();
    EXPECT_EQ(failed.error().code, MessageError::malformed);
    EXPECT_EQ(failed.error().party, Party::client);
    EXPECT_THAT(far_upstream().receive(), StartsWith("POST / "));
    EXPECT_TRUE(far_upstream().ended());
}

TEST_F(Conversation, ASlowClientTimesOutWhileItUploads) {
    begin(upload + "half");
    loop.expire(60s);
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error(), (net::Failure{boost::asio::error::timed_out, Party::client, net::Stage::request_body}));
}

TEST_F(Conversation, ASlowUpstreamTimesOut) {
    begin(get);
    for (int i = 0; i < 119; ++i) loop.expire(500ms);  // the client is looked after twice a second
    EXPECT_FALSE(done());
    loop.expire(500ms);
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error(),
              (net::Failure{boost::asio::error::timed_out, Party::upstream, net::Stage::response_head}));
}

TEST_F(Conversation, AClientThatGoesAwayWhileItWaitsEndsIt) {
    begin(get);
    far_client().close();
    loop.expire(500ms);
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error().party, Party::client);
}

TEST_F(Conversation, AnUpstreamThatClosesWithoutAnAnswerHasFailed) {
    begin(get);
    far_upstream().receive();
    far_upstream().close();
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error(), (net::Failure{boost::asio::error::eof, Party::upstream, net::Stage::response_head}));
}

TEST_F(Conversation, AResponseCutShortIsAFailureAfterItsBegin) {
    begin(get);
    far_upstream().receive();
    far_upstream().send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    far_upstream().close();
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error().stage, net::Stage::response_body);
    EXPECT_TRUE(exchange->response_begun);
}

TEST_F(Conversation, AnAnswerIsPassedOnWhereTheUploadCouldNotBeSent) {
    begin(upload);
    far_upstream().receive();
    far_upstream().send(answer);
    far_upstream().close();
    far_client().send("0123456789");
    ASSERT_TRUE(done());
    EXPECT_TRUE(result());
    EXPECT_THAT(far_client().receive(), EndsWith("\r\n\r\nok"));
}

struct Reusable : Conversation {
    // Whether the upstream's connection may be used again after this answer.
    bool after(const std::string& request, const std::string& response) {
        begin_on_kept(request);
        far_upstream().send(response);
        far_upstream().shutdown_write();
        return done() && result() && conversation->leaves_connection_reusable();
    }
};

TEST_F(Reusable, AfterAWholeResponse) { EXPECT_TRUE(after(get, answer)); }
TEST_F(Reusable, AfterTheLastChunk) {
    EXPECT_TRUE(after(get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"));
}
TEST_F(Reusable, AfterAHeadWithoutBody) {
    EXPECT_TRUE(after("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"));
}
TEST_F(Reusable, AfterAWholeUpload) { EXPECT_TRUE(after(upload + "0123456789", answer)); }
TEST_F(Reusable, NotAfterClose) {
    EXPECT_FALSE(after(get, "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"));
}
TEST_F(Reusable, NotAfterHttp10) { EXPECT_FALSE(after(get, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")); }
TEST_F(Reusable, NotAfterABodyThatEndsWithTheConnection) { EXPECT_FALSE(after(get, "HTTP/1.1 200 OK\r\n\r\nx")); }
TEST_F(Reusable, NotWithBytesBehindTheResponse) { EXPECT_FALSE(after(get, answer + "H")); }
TEST_F(Reusable, NotAfterAnUploadThatWasCutShort) { EXPECT_FALSE(after(upload + "half", answer)); }
TEST_F(Reusable, NotWhereTheUpstreamWasToldToClose) {
    begin(get);
    far_upstream().send(answer);
    ASSERT_TRUE(done());
    EXPECT_FALSE(conversation->leaves_connection_reusable());
}

struct Repeatable : Conversation {
    bool now() {
        if (!done()) return false;
        const auto failed = result();
        return !failed && conversation->is_repeatable() && conversation->found_connection_dead(failed.error());
    }
    // Whether a request may be sent again after the upstream has sent this and ended.
    bool after(const std::string& request, const std::string& response = "") {
        begin_on_kept(request);
        far_upstream().receive();
        if (!response.empty()) far_upstream().send(response);
        far_upstream().close();
        return now();
    }
};

TEST_F(Repeatable, Idempotent) { EXPECT_TRUE(after(get)); }
TEST_F(Repeatable, NotUnknownMethods) { EXPECT_FALSE(after("LOCK / HTTP/1.1\r\nHost: h\r\n\r\n")); }
TEST_F(Repeatable, NotPost) { EXPECT_FALSE(after("POST / HTTP/1.1\r\nHost: h\r\n\r\n")); }
TEST_F(Repeatable, NotWithAnAnswerBegun) { EXPECT_FALSE(after(get, "HTTP/1.1 2")); }
TEST_F(Repeatable, NotAfterAnInterimResponse) { EXPECT_FALSE(after(get, "HTTP/1.1 103 Early\r\n\r\n")); }
TEST_F(Repeatable, NotWithABodyTakenFromTheClient) {
    EXPECT_FALSE(after("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf"));
}
TEST_F(Repeatable, WithABodyThatIsStillToCome) {
    EXPECT_TRUE(after("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"));
}
TEST_F(Repeatable, AnyMethodWhoseHeadDidNotGetOut) {
    far_upstream().close();
    begin_on_kept("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_TRUE(now());
}
TEST_F(Repeatable, NotAfterATimeout) {
    begin_on_kept(get);
    for (int i = 0; i < 120; ++i) loop.expire(500ms);
    EXPECT_FALSE(now());
}
TEST_F(Repeatable, NotForAClientThatHasGone) {
    begin_on_kept(get);
    far_client().close();
    loop.expire(500ms);
    EXPECT_FALSE(now());
}

TEST_F(Repeatable, AnyMethodWhereThatIsAllowed) {
    configure("server 127.0.0.1:1;", "proxy_next_upstream error non_idempotent;");
    EXPECT_TRUE(after("POST / HTTP/1.1\r\nHost: h\r\n\r\n"));
}

const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string put = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";

struct Refusal {
    const char* name;
    bool is_left;           // unread, so that another endpoint can be asked
    std::string location;   // what it says about the next endpoint
    unsigned status;        // that an endpoint answers with
    std::string request = get;
    unsigned tried = 1;     // of three endpoints
    std::string before = "";  // what it answers first
};

struct Refused : Conversation, testing::WithParamInterface<Refusal> {};

TEST_P(Refused, IsLeftToAnotherEndpointOrPassedOn) {
    const Refusal& row = GetParam();
    configure("server 127.0.0.1:1; server 127.0.0.1:2; server 127.0.0.1:3;", row.location);
    tried = row.tried;
    begin(row.request);
    far_upstream().send(row.before + "HTTP/1.1 " + std::to_string(row.status) + " No\r\nContent-Length: 2\r\n\r\nno");
    ASSERT_TRUE(done());
    const auto came = result();
    EXPECT_EQ(exchange->response_begun, !row.is_left);
    EXPECT_EQ(came ? 0 : proxy::http::refusal_status(came.error().code), row.is_left ? row.status : 0);
}

const std::string on_503 = "proxy_next_upstream http_503;";
const std::string on_all = "proxy_next_upstream http_500 http_502 http_503 http_504 http_403 http_404 http_429;";

INSTANTIATE_TEST_SUITE_P(
    Rows, Refused,
    testing::Values(Refusal{"Named", true, on_503, 503}, Refusal{"NotNamed", false, on_503, 502},
                    Refusal{"NotUnlessSet", false, "", 503}, Refusal{"Off", false, "proxy_next_upstream off;", 503},
                    Refusal{"InternalError", true, on_all, 500}, Refusal{"BadGateway", true, on_all, 502},
                    Refusal{"Timeout", true, on_all, 504}, Refusal{"Forbidden", true, on_all, 403},
                    Refusal{"NotFound", true, on_all, 404}, Refusal{"TooMany", true, on_all, 429},
                    Refusal{"Success", false, on_all, 200}, Refusal{"Redirect", false, on_all, 302},
                    Refusal{"OtherError", false, on_all, 501}, Refusal{"Post", false, on_503, 503, post},
                    Refusal{"PostWhereAllowed", true, "proxy_next_upstream http_503 non_idempotent;", 503, post},
                    Refusal{"BodyToCome", true, on_503, 503, put},
                    Refusal{"BodyBegun", false, on_503, 503, put + "half"},
                    Refusal{"LastEndpoint", false, on_503, 503, get, 3},
                    Refusal{"TriesLeft", true, on_503 + "proxy_next_upstream_tries 2;", 503},
                    Refusal{"TriesUsed", false, on_503 + "proxy_next_upstream_tries 2;", 503, get, 2},
                    Refusal{"InterimResponsePassed", false, on_503, 503, get, 1, "HTTP/1.1 103 Early\r\n\r\n"}),
    [](const auto& row) { return row.param.name; });

TEST_F(Conversation, ARefusalIsPassedOnWhenTheTimeForOtherEndpointsIsOver) {
    configure("server 127.0.0.1:1; server 127.0.0.1:2;", on_503 + "proxy_next_upstream_timeout 1ms;");
    begin(get);
    loop.expire(1ms);
    far_upstream().send("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(done());
    EXPECT_TRUE(result());
}

const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
const std::string handshake = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " +
                              key + "\r\nSec-WebSocket-Version: 13\r\n\r\n";

std::string switching(const std::string& accept) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           accept + "\r\n\r\n";
}

TEST_F(Conversation, AnUpgradeBecomesATunnelWithTheUnreadBytesOfBothSides) {
    begin(handshake + "from client", proxy::UpgradeWish::websocket);
    const std::string head = switching(proxy::websocket::accept_for(key));
    far_upstream().send(head + "from upstream");
    ASSERT_TRUE(done());
    EXPECT_TRUE(result());
    EXPECT_EQ(far_client().receive(), head);
    ASSERT_TRUE(exchange->tunnel);
    EXPECT_EQ(exchange->tunnel->unread_from_client, "from client");
    EXPECT_EQ(exchange->tunnel->unread_from_upstream, "from upstream");
    EXPECT_TRUE(exchange->tunnel->upstream);
    EXPECT_EQ(exchange->status, 101u);
}

TEST_F(Conversation, AnUpgradeWithTheWrongAcceptIsRefused) {
    begin(handshake, proxy::UpgradeWish::websocket);
    far_upstream().send(switching("s3pPLMBiTxaQ9kYGzzhZRbK+xOo"));
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error().code, MessageError::bad_accept);
    EXPECT_FALSE(exchange->response_begun);
}

TEST_F(Conversation, AnUpgradeNobodyAskedForIsRefused) {
    begin(get);
    far_upstream().send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error().code, MessageError::unexpected_upgrade);
}

struct OneHandshake : Conversation {
    OneHandshake() {
        config::Admission limits;
        limits.max_handshakes = 1;
        admission.limit(limits, {});
        permit = std::get<upstream::Admission::Permit>(admission.ask(upstream::Admission::Kind::handshake, {}));
    }
};

TEST_F(OneHandshake, MakesRoomOnceItIsRefusedHoweverLongTheBodyTakes) {
    begin(handshake, proxy::UpgradeWish::websocket);
    EXPECT_EQ(admission.handshakes(), 1u);
    far_upstream().send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhalf");
    EXPECT_FALSE(done());
    EXPECT_EQ(admission.handshakes(), 0u);
    far_upstream().send("as long");
    far_upstream().close();
    ASSERT_TRUE(done());
}

TEST_F(OneHandshake, IsInProgressWhileItMayGoToAnotherEndpoint) {
    configure("server 127.0.0.1:1; server 127.0.0.1:2;", on_503);
    begin(handshake, proxy::UpgradeWish::websocket);
    far_upstream().send("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(done());
    EXPECT_FALSE(result());
    EXPECT_EQ(admission.handshakes(), 1u);
}

// A byte now and then is no progress: the time is for the whole answer.
TEST_F(Conversation, AHandshakeTimesOutAsAWhole) {
    begin(handshake, proxy::UpgradeWish::websocket);
    const std::string head = switching(proxy::websocket::accept_for(key));
    for (std::size_t i = 0; i < 119; ++i) {
        far_upstream().send(head.substr(i, 1));
        loop.expire(500ms);
    }
    EXPECT_FALSE(done());
    loop.expire(500ms);
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error(),
              (net::Failure{boost::asio::error::timed_out, Party::upstream, net::Stage::response_head}));
}

TEST_F(Conversation, ARefusedHandshakeIsAnOrdinaryResponse) {
    begin(handshake, proxy::UpgradeWish::websocket);
    far_upstream().send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(done());
    EXPECT_TRUE(result());
    EXPECT_FALSE(exchange->tunnel);
    EXPECT_THAT(far_client().receive(), StartsWith("HTTP/1.1 403 "));
}

TEST_F(Conversation, AnUpgradeInTheMiddleOfARequestBodyIsRefused) {
    begin(upload + "half", proxy::UpgradeWish::by_rules);
    far_upstream().send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
    ASSERT_TRUE(done());
    EXPECT_EQ(result().error().code, MessageError::unexpected_upgrade);
    EXPECT_FALSE(exchange->tunnel);
}

}  // namespace
}  // namespace proxy_tests
