// match blocks over responses.
#include "proxy/health/response_match.hpp"

#include <gtest/gtest.h>

namespace proxy_tests {
namespace {

using Header = config::HeaderTest::Operation;
using Body = config::BodyTest::Operation;
using Sense = config::StatusTest::Sense;

struct Row {
    std::string name;
    config::Match match;
    unsigned status;
    std::string complaint;  // empty: it passes
};

proxy::http::ResponseHead head(unsigned status) {
    proxy::http::ResponseHead response;
    response.status = status;
    response.fields.add("Content-Type", "text/html");
    response.fields.add("Via", "one");
    response.fields.add("Via", "two");
    return response;
}

config::Match header(Header operation, const std::string& name, const std::string& value = "") {
    return {"m", {}, {{operation, name, value}}, {}};
}

class MatchBlock : public testing::TestWithParam<Row> {};

TEST_P(MatchBlock, Judges) {
    const proxy::health::ResponseMatch test(GetParam().match);
    EXPECT_EQ(test.complaint(head(GetParam().status), "Welcome!").value_or(""), GetParam().complaint);
    EXPECT_EQ(test.looks_at_body(), GetParam().match.body.has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Table, MatchBlock,
    testing::Values(
        Row{"AnythingPassesAnEmptyBlock", {}, 503, ""},
        Row{"StatusListed", {"m", {{Sense::one_of, {{200, 200}, {301, 303}}}}, {}, {}}, 302, ""},
        Row{"StatusNotListed", {"m", {{Sense::one_of, {{200, 200}, {301, 303}}}}, {}, {}}, 304, "its status is 304"},
        Row{"StatusExcluded", {"m", {{Sense::none_of, {{500, 599}}}}, {}, {}}, 500, "its status is 500"},
        Row{"StatusNotExcluded", {"m", {{Sense::none_of, {{500, 599}}}}, {}, {}}, 404, ""},
        Row{"HeaderPresent", header(Header::present, "content-type"), 200, ""},
        Row{"HeaderMissing", header(Header::present, "Server"), 200, "its header \"Server\" does not match"},
        Row{"HeaderAbsent", header(Header::absent, "Server"), 200, ""},
        Row{"HeaderEqual", header(Header::equal, "Content-Type", "text/html"), 200, ""},
        Row{"HeaderOneOfSeveralEqual", header(Header::equal, "Via", "two"), 200, ""},
        Row{"HeaderUnequal", header(Header::unequal, "Via", "two"), 200, "its header \"Via\" does not match"},
        Row{"HeaderMissingIsUnequal", header(Header::unequal, "Server", "x"), 200, ""},
        Row{"HeaderMatches", header(Header::matches, "Content-Type", "^text/"), 200, ""},
        Row{"HeaderMatchesNot", header(Header::matches_not, "Content-Type", "html"), 200,
            "its header \"Content-Type\" does not match"},
        Row{"BodyMatches", {"m", {}, {}, {{Body::matches, "^W.*!$"}}}, 200, ""},
        Row{"BodyDoesNotMatch", {"m", {}, {}, {{Body::matches, "bye"}}}, 200, "its body does not match"},
        Row{"BodyMatchesThoughItMayNot", {"m", {}, {}, {{Body::matches_not, "Welcome"}}}, 200,
            "its body does not match"}),
    [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

TEST(ResponseMatch, TakesAnySuccessAndRedirectWithoutABlock) {
    const proxy::health::ResponseMatch test;
    for (const unsigned status : {200u, 204u, 302u, 399u}) EXPECT_FALSE(test.complaint(head(status), "")) << status;
    for (const unsigned status : {101u, 404u, 500u}) EXPECT_TRUE(test.complaint(head(status), "")) << status;
}

TEST(ResponseMatch, DoesNotTurnRoundAndRoundForAnExpression) {
    const proxy::health::ResponseMatch test(config::Match{"m", {}, {}, {{Body::matches, "(a+)+$"}}});
    EXPECT_TRUE(test.complaint(head(200), std::string(64, 'a') + "b"));
}

}  // namespace
}  // namespace proxy_tests
