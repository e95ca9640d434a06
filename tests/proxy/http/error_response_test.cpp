// The responses that the proxy makes itself.
#include "proxy/http/error_response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using proxy::http::error_response;
using proxy::http::Persistence;
using proxy::http::ServerTokens;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned statuses[] = {400, 404, 405, 408, 411, 413, 414, 426, 431, 500, 501, 502, 503, 504, 505};

std::string page_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

TEST(ErrorResponse, ParsesAndSaysItsLengthForEveryStatus) {
    for (const unsigned status : statuses) {
        const std::string text = error_response(status, "GET", Persistence::close, ServerTokens::name_and_version);
        const auto head = parse_head<false>(text);
        EXPECT_EQ(head.status, status);
        EXPECT_FALSE(head.reason.empty()) << status;
        EXPECT_EQ(head.fields.find("Content-Length"), std::to_string(page_of(text).size()));
        EXPECT_TRUE(head.fields.find("Date"));
        EXPECT_TRUE(head.fields.lists("Connection", "close"));
    }
}

TEST(ErrorResponse, SaysWhenToComeBack) {
    const auto fields = [](std::chrono::seconds retry_after) {
        return parse_head<false>(error_response(503, "GET", Persistence::keep_alive, ServerTokens::name_and_version,
                                                {.retry_after = retry_after})).fields;
    };
    EXPECT_EQ(fields(std::chrono::seconds(7)).find("Retry-After"), "7");
    EXPECT_FALSE(fields(std::chrono::seconds(0)).find("Retry-After"));
}

TEST(ErrorResponse, ShowsItsStatusOnThePage) {
    const std::string text = error_response(502, "GET", Persistence::close, ServerTokens::name_and_version);
    EXPECT_THAT(page_of(text), HasSubstr("<h1>502 Bad Gateway</h1>"));
}

TEST(ErrorResponse, ExplainsWhatAStatusDoesNotTell) {
    using proxy::http::MessageError;
    const std::string_view words = proxy::http::explanation_of(MessageError::plain_on_tls_port);
    EXPECT_THAT(words, HasSubstr("plain HTTP request was sent to HTTPS port"));
    const std::string text =
        error_response(400, "GET", Persistence::close, ServerTokens::name_only, {.explanation = words});
    EXPECT_THAT(page_of(text), HasSubstr("<p>" + std::string(words) + "</p>"));
    EXPECT_EQ(proxy::http::explanation_of(MessageError::malformed), "");
}

TEST(ErrorResponse, ToHeadHasTheLengthButNoPage) {
    const std::string get = error_response(404, "GET", Persistence::close, ServerTokens::name_and_version);
    const std::string head = error_response(404, "HEAD", Persistence::close, ServerTokens::name_and_version);
    EXPECT_EQ(page_of(head), "");
    EXPECT_EQ(parse_head<false>(head).fields.find("Content-Length"), std::to_string(page_of(get).size()));
}

TEST(ErrorResponse, KeepsTheConnectionWhereItMay) {
    const std::string text = error_response(404, "GET", Persistence::keep_alive, ServerTokens::name_and_version);
    EXPECT_EQ(parse_head<false>(text).fields.find("Connection"), "keep-alive");
}

TEST(ErrorResponse, HidesItsVersionWhenAskedTo) {
    const std::string open = error_response(404, "GET", Persistence::close, ServerTokens::name_and_version);
    const std::string hidden = error_response(404, "GET", Persistence::close, ServerTokens::name_only);
    EXPECT_THAT(open, HasSubstr("Server: tidegate/" TIDEGATE_VERSION "\r\n"));
    EXPECT_THAT(page_of(open), HasSubstr("tidegate/" TIDEGATE_VERSION));
    EXPECT_THAT(hidden, AllOf(HasSubstr("Server: tidegate\r\n"), Not(HasSubstr(TIDEGATE_VERSION))));
}

TEST(ErrorResponse, SaysWhichMethodsAreAllowed) {
    const auto head = parse_head<false>(error_response(405, "CONNECT", Persistence::close, ServerTokens::name_only));
    EXPECT_TRUE(head.fields.lists("Allow", "GET"));
    EXPECT_FALSE(head.fields.lists("Allow", "CONNECT"));
}

TEST(ErrorResponse, SaysWhichWebSocketVersionIsSpoken) {
    const auto head = parse_head<false>(error_response(426, "GET", Persistence::close, ServerTokens::name_only));
    EXPECT_EQ(head.fields.find("Sec-WebSocket-Version"), "13");
    EXPECT_EQ(head.fields.find("Upgrade"), "websocket");
    EXPECT_TRUE(head.fields.lists("Connection", "upgrade"));
}

}  // namespace
}  // namespace proxy_tests
