// The opening handshake: the example of RFC 6455, and every single defect.
#include "proxy/websocket/handshake.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using proxy::http::MessageError;
using proxy::http::RequestHead;
using proxy::http::Version;
namespace websocket = proxy::websocket;

const std::string example_key = "dGhlIHNhbXBsZSBub25jZQ==";

FieldList valid_fields() {
    return {{"Host", "server.example.com"}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"},
            {"Sec-WebSocket-Key", example_key}, {"Sec-WebSocket-Version", "13"}};
}

// The valid request with the value of one field replaced; an absent value removes the field.
RequestHead with(const std::string& name, std::optional<std::string> value) {
    FieldList list = valid_fields();
    for (auto field = list.begin(); field != list.end(); ++field)
        if (field->first == name) {
            if (value)
                field->second = *value;
            else
                list.erase(field);
            return request("GET", "/chat", list);
        }
    if (value) list.emplace_back(name, *value);
    return request("GET", "/chat", list);
}

TEST(AcceptFor, TheExampleOfTheRfc) {
    EXPECT_EQ(websocket::accept_for(example_key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(JudgeRequest, AcceptsTheExampleOfTheRfc) {
    EXPECT_FALSE(websocket::judge_request(request("GET", "/chat", valid_fields())));
}

TEST(JudgeRequest, AcceptsWhatTheGrammarAllows) {
    EXPECT_FALSE(websocket::judge_request(with("Upgrade", "WebSocket")));
    EXPECT_FALSE(websocket::judge_request(with("Upgrade", "h2c, websocket")));
    EXPECT_FALSE(websocket::judge_request(with("Connection", "keep-alive, UPGRADE")));
    EXPECT_FALSE(websocket::judge_request(with("Content-Length", "0")));
    EXPECT_FALSE(websocket::judge_request(with("Sec-WebSocket-Key", std::string(22, 'A') + "==")));
    EXPECT_FALSE(websocket::judge_request(with("Sec-WebSocket-Key", std::string(21, '/') + "w==")));
}

struct Defect {
    const char* field;
    std::optional<std::string> value;
};

TEST(JudgeRequest, RefusesEverySingleDefect) {
    const Defect defects[] = {
        {"Upgrade", std::nullopt},
        {"Upgrade", "h2c"},
        {"Upgrade", "websockets"},
        {"Sec-WebSocket-Key", std::nullopt},
        {"Sec-WebSocket-Key", ""},
        {"Sec-WebSocket-Key", "short"},
        {"Sec-WebSocket-Key", example_key + "="},
        {"Sec-WebSocket-Key", std::string(24, 'A')},
        {"Sec-WebSocket-Key", std::string(23, 'A') + "="},
        {"Sec-WebSocket-Key", std::string(21, 'A') + "B=="},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j*Q=="},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j Q=="},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j-Q=="},
        {"Sec-WebSocket-Version", std::nullopt},
        {"Transfer-Encoding", "chunked"},
        {"Content-Length", "1"},
        {"Content-Length", ""},
    };
    for (const Defect& defect : defects)
        EXPECT_EQ(websocket::judge_request(with(defect.field, defect.value)), MessageError::bad_handshake)
            << defect.field << ": " << defect.value.value_or("(absent)");
}

TEST(JudgeRequest, SaysWhereTheConnectionIsNotUpgraded) {
    for (const auto& value : {std::optional<std::string>(), {"keep-alive"}, {"close"}})
        EXPECT_EQ(websocket::judge_request(with("Connection", value)), MessageError::connection_not_upgraded)
            << value.value_or("(absent)");
}

TEST(JudgeRequest, RefusesFieldsThatAreRepeated) {
    for (const char* name : {"Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
        FieldList list = valid_fields();
        list.emplace_back(name, with(name, "13").fields.find(name).value());
        EXPECT_EQ(websocket::judge_request(request("GET", "/chat", list)), MessageError::bad_handshake) << name;
    }
}

TEST(JudgeRequest, RefusesOtherVersionsOfItsOwnWay) {
    for (const char* version : {"0", "8", "12", "14", "013", "13, 8", "thirteen"})
        EXPECT_EQ(websocket::judge_request(with("Sec-WebSocket-Version", version)), MessageError::bad_websocket_version)
            << version;
}

TEST(JudgeRequest, RefusesOtherMethods) {
    for (const char* method : {"POST", "get", "HEAD", "OPTIONS"})
        EXPECT_EQ(websocket::judge_request(request(method, "/chat", valid_fields())), MessageError::bad_handshake);
}

TEST(JudgeRequest, RefusesHttp10) {
    auto head = request("GET", "/chat", valid_fields());
    head.version = Version::http_1_0;
    EXPECT_EQ(websocket::judge_request(head), MessageError::bad_handshake);
}

TEST(AsksForWebSocket, RightlyOrWrongly) {
    EXPECT_TRUE(websocket::asks_for_websocket(request("GET", "/", valid_fields())));
    EXPECT_TRUE(websocket::asks_for_websocket(request("POST", "/", {{"Upgrade", "websocket"}})));
    EXPECT_TRUE(websocket::asks_for_websocket(request("GET", "/", {{"Sec-WebSocket-Key", "x"}})));
    EXPECT_FALSE(websocket::asks_for_websocket(request("GET", "/", {{"Upgrade", "h2c"}, {"Connection", "Upgrade"}})));
    EXPECT_FALSE(websocket::asks_for_websocket(request("GET", "/", {})));
}

FieldList valid_answer() {
    return {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}};
}

TEST(JudgeResponse, AcceptsTheExampleOfTheRfc) {
    EXPECT_FALSE(websocket::judge_response(response(101, valid_answer()), example_key));
}

TEST(JudgeResponse, RefusesEverySingleDefect) {
    struct Row {
        FieldList fields;
        MessageError error;
    };
    const FieldList valid = valid_answer();
    const auto &upgrade = valid[0], &connection = valid[1], &accept = valid[2];
    const Row rows[] = {
        {{connection, accept}, MessageError::unexpected_upgrade},
        {{upgrade, accept}, MessageError::unexpected_upgrade},
        {{{"Upgrade", "h2c"}, connection, accept}, MessageError::unexpected_upgrade},
        {{upgrade, {"Connection", "close"}, accept}, MessageError::unexpected_upgrade},
        {{upgrade, connection}, MessageError::bad_accept},
        {{upgrade, connection, {"Sec-WebSocket-Accept", ""}}, MessageError::bad_accept},
        {{upgrade, connection, {"Sec-WebSocket-Accept", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="}}, MessageError::bad_accept},
        {{upgrade, connection, accept, accept}, MessageError::bad_accept},
    };
    for (const Row& row : rows)
        EXPECT_EQ(websocket::judge_response(response(101, row.fields), example_key), row.error);
}

TEST(JudgeResponse, RefusesHttp10) {
    auto head = response(101, valid_answer());
    head.version = Version::http_1_0;
    EXPECT_EQ(websocket::judge_response(head, example_key), MessageError::unexpected_upgrade);
}

TEST(JudgeResponse, AsksForNoAcceptWhereNoKeyWasSent) {
    const auto head = response(101, {{"Upgrade", "other"}, {"Connection", "upgrade"}});
    EXPECT_FALSE(websocket::judge_response(head, ""));
}

}  // namespace
}  // namespace proxy_tests
