// The table from failures to verdicts, over all errors and parties.
#include "proxy/http/verdict.hpp"

#include <map>
#include <set>
#include <string>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "proxy/http/refusal.hpp"

namespace proxy_tests {
namespace {

using config::LogLevel;
using net::Party;
using net::Stage;
using proxy::http::judge;
using proxy::http::MessageError;
using proxy::http::Blame;
using config::RetryCause;
namespace error = boost::asio::error;

struct Row {
    net::ErrorCode code;
    unsigned from_client;
    unsigned from_upstream;
};

const Row rows[] = {
    {MessageError::malformed, 400, 502},
    {MessageError::line_too_long, 414, 502},
    {MessageError::head_too_large, 431, 502},
    {MessageError::body_too_large, 413, 502},
    {MessageError::unsupported_version, 505, 502},
    {MessageError::unsupported_coding, 501, 502},
    {MessageError::method_not_allowed, 405, 502},
    {MessageError::length_required, 411, 502},
    {MessageError::unexpected_upgrade, 499, 502},
    {MessageError::bad_accept, 499, 502},
    {MessageError::bad_handshake, 400, 502},
    {MessageError::connection_not_upgraded, 400, 502},
    {MessageError::bad_websocket_version, 426, 502},
    {MessageError::no_live_endpoint, 499, 502},
    {MessageError::queue_full, 499, 502},
    {MessageError::queue_timed_out, 499, 502},
    {MessageError::admission_queue_full, 499, 503},
    {MessageError::admission_timed_out, 499, 503},
    {MessageError::bad_certificate, 400, 502},
    {MessageError::no_certificate, 400, 502},
    {MessageError::plain_on_tls_port, 400, 502},
    {MessageError::misdirected, 421, 502},
    {MessageError::slash_missing, 301, 502},
    {MessageError::no_location, 404, 502},
    {error::timed_out, 408, 504},
    {error::eof, 499, 502},
    {error::connection_reset, 499, 502},
    {error::connection_refused, 499, 502},
    {error::operation_aborted, 499, 502},
    {error::broken_pipe, 499, 502},
};

constexpr Stage stages[] = {Stage::request_head, Stage::request_body,  Stage::connect, Stage::send_request,
                            Stage::response_head, Stage::response_body, Stage::tunnel};

bool is_about_admission(const net::ErrorCode& code) {
    return code == MessageError::admission_queue_full || code == MessageError::admission_timed_out;
}

TEST(Verdict, OfAClientsFailureIsForTheClientAlone) {
    for (const Row& row : rows)
        for (const Stage stage : stages) {
            const auto verdict = judge({row.code, Party::client, stage});
            EXPECT_EQ(verdict.status, row.from_client) << row.code.message();
            EXPECT_EQ(verdict.retry, std::nullopt);
            EXPECT_EQ(verdict.blame, Blame::none);
            EXPECT_EQ(verdict.level, LogLevel::info);
        }
}

TEST(Verdict, OfAnUpstreamsFailureIsABadGatewayOrATimeout) {
    for (const Row& row : rows)
        for (const Stage stage : stages) {
            const auto verdict = judge({row.code, Party::upstream, stage});
            EXPECT_EQ(verdict.status, row.from_upstream) << row.code.message();
            EXPECT_EQ(verdict.level, is_about_admission(row.code) ? LogLevel::warn : LogLevel::error);
        }
}

bool is_about_all(const net::ErrorCode& code) {
    return code == MessageError::no_live_endpoint || code == MessageError::queue_full ||
           code == MessageError::queue_timed_out || is_about_admission(code);
}

// nginx: proxy_next_upstream
std::optional<RetryCause> cause_of(const net::ErrorCode& code, Stage stage) {
    const bool before = stage == Stage::connect || stage == Stage::send_request || stage == Stage::response_head;
    if (!before || is_about_all(code)) return std::nullopt;
    if (code == error::timed_out) return RetryCause::timeout;
    return std::string(code.category().name()) == "http" ? RetryCause::invalid_header : RetryCause::error;
}

TEST(Verdict, NamesTheConditionUnderWhichAnotherEndpointIsTried) {
    for (const Row& row : rows)
        for (const Stage stage : stages)
            EXPECT_EQ(judge({row.code, Party::upstream, stage}).retry, cause_of(row.code, stage))
                << row.code.message() << " while " << net::to_string(stage);
}

// What is fit for another endpoint is a failure of this one, and nothing behind the head of a response is.
TEST(Verdict, BlamesTheEndpointForWhatAnotherOneCouldMakeGood) {
    for (const Row& row : rows)
        for (const Stage stage : stages)
            EXPECT_EQ(judge({row.code, Party::upstream, stage}).blame == Blame::endpoint,
                      cause_of(row.code, stage).has_value())
                << row.code.message() << " while " << net::to_string(stage);
}

TEST(Verdict, OfARefusalIsItsStatus) {
    const std::map<unsigned, RetryCause> causes = {
        {500, RetryCause::http_500}, {502, RetryCause::http_502}, {503, RetryCause::http_503},
        {504, RetryCause::http_504}, {403, RetryCause::http_403}, {404, RetryCause::http_404},
        {429, RetryCause::http_429}};
    for (unsigned status = 200; status < 600; ++status) {
        const auto verdict = judge({proxy::http::refused_with(status), Party::upstream, Stage::response_head});
        const auto cause = causes.find(status);
        EXPECT_EQ(verdict.status, status);
        EXPECT_EQ(verdict.retry, cause == causes.end() ? std::nullopt : std::optional(cause->second)) << status;
        EXPECT_EQ(verdict.blame == Blame::none, status == 403 || status == 404) << status;
    }
}

TEST(Verdict, OfOurOwnFailureIsAnInternalError) {
    for (const Row& row : rows)
        for (const Stage stage : stages) {
            const auto verdict = judge({row.code, Party::self, stage});
            EXPECT_EQ(verdict.status, 500u);
            EXPECT_EQ(verdict.retry, std::nullopt);
            EXPECT_EQ(verdict.blame, Blame::none);
            EXPECT_EQ(verdict.level, LogLevel::crit);
        }
}

TEST(MessageErrors, HaveWordsOfTheirOwn) {
    std::set<std::string> words;
    for (int value = 1; value <= static_cast<int>(MessageError::no_location); ++value)
        words.insert(make_error_code(static_cast<MessageError>(value)).message());
    EXPECT_EQ(words.size(), static_cast<std::size_t>(MessageError::no_location));
    EXPECT_FALSE(words.contains("unknown"));
}

}  // namespace
}  // namespace proxy_tests
