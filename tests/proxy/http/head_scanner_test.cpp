// The end of a head, what is refused on the way there, and the limits at their exact edges.
#include "proxy/http/head_scanner.hpp"

#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"

namespace proxy_tests {
namespace {

using namespace std::string_literals;
using proxy::http::HeadLimits;
using proxy::http::HeadScanner;
using proxy::http::MessageError;
using Scan = net::IoResult<std::size_t>;

Scan scan(std::string_view head, const HeadLimits& limits = {}) { return HeadScanner(limits).scan(head); }

// Shows the scanner the head in growing portions that end before and after `split`.
Scan scan_split(std::string_view head, std::size_t split) {
    HeadScanner scanner{HeadLimits{}};
    const Scan first = scanner.scan(head.substr(0, split));
    return !first || *first > 0 ? first : scanner.scan(head);
}

Scan scan_bytewise(std::string_view head) {
    HeadScanner scanner{HeadLimits{}};
    for (std::size_t size = 1; size <= head.size(); ++size) {
        const Scan result = scanner.scan(head.substr(0, size));
        if (!result || *result > 0) return result;
    }
    return std::size_t{0};
}

const std::string ordinary = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";

TEST(HeadScanner, FindsTheEnd) { EXPECT_EQ(*scan(ordinary), ordinary.size()); }

TEST(HeadScanner, LeavesWhatComesBehind) { EXPECT_EQ(*scan(ordinary + "body\nwith\0anything"s), ordinary.size()); }

TEST(HeadScanner, FindsTheEndAtEveryBoundary) {
    for (std::size_t split = 0; split <= ordinary.size(); ++split) {
        const Scan result = scan_split(ordinary, split);
        ASSERT_TRUE(result) << "split at " << split;
        EXPECT_EQ(*result, ordinary.size()) << "split at " << split;
    }
    EXPECT_EQ(*scan_bytewise(ordinary), ordinary.size());
}

TEST(HeadScanner, WantsMoreForEveryPrefix) {
    for (std::size_t size = 0; size < ordinary.size(); ++size) {
        const Scan result = scan(std::string_view(ordinary).substr(0, size));
        ASSERT_TRUE(result) << "prefix of " << size;
        EXPECT_EQ(*result, 0u) << "prefix of " << size;
    }
}

struct Refused {
    const char* name;
    std::string head;
};

class RefusedHead : public testing::TestWithParam<Refused> {};

TEST_P(RefusedHead, IsMalformedAtEveryBoundary) {
    const std::string& head = GetParam().head;
    EXPECT_EQ(scan(head).error(), MessageError::malformed);
    EXPECT_EQ(scan_bytewise(head).error(), MessageError::malformed);
    for (std::size_t split = 0; split <= head.size(); ++split)
        EXPECT_EQ(scan_split(head, split).error(), MessageError::malformed) << "split at " << split;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedHead,
    testing::Values(Refused{"FoldedField", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"},
                    Refused{"FoldedFieldWithTab", "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n"},
                    Refused{"BlankBeforeTheFirstField", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
                    Refused{"BlankBeforeTheStartLine", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
                    Refused{"LineOfBlanks", "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n"},
                    Refused{"BareLineFeedAfterTheStartLine", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
                    Refused{"BareLineFeedAfterAField", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
                    Refused{"BareLineFeedAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
                    Refused{"LineFeedFirst", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
                    Refused{"BareCarriageReturnInAField", "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"},
                    Refused{"BareCarriageReturnInTheStartLine", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"},
                    Refused{"TwoCarriageReturns", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"},
                    Refused{"CarriageReturnAloneOnALine", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n\r\n"},
                    Refused{"NulInAValue", "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"s},
                    Refused{"NulInTheStartLine", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s}),
    [](const testing::TestParamInfo<Refused>& row) { return row.param.name; });

std::string head_with_start_line(std::size_t size) { return std::string(size, 'a') + "\r\n\r\n"; }
std::string head_with_field_line(std::size_t size) { return "GET\r\n" + std::string(size, 'a') + "\r\n\r\n"; }

TEST(HeadScannerLimits, AStartLineMayBeAsLongAsTheLimit) {
    const HeadLimits limits{100, 1000, 10};
    EXPECT_TRUE(scan(head_with_start_line(100), limits));
    EXPECT_EQ(scan(head_with_start_line(101), limits).error(), MessageError::line_too_long);
}

TEST(HeadScannerLimits, AFieldLineMayBeAsLongAsTheLimit) {
    const HeadLimits limits{100, 1000, 10};
    EXPECT_TRUE(scan(head_with_field_line(100), limits));
    EXPECT_EQ(scan(head_with_field_line(101), limits).error(), MessageError::head_too_large);
}

TEST(HeadScannerLimits, AnEndlessLineIsRefusedBeforeItEnds) {
    const HeadLimits limits{100, 1000, 10};
    EXPECT_EQ(*scan(std::string(101, 'a'), limits), 0u);  // the last byte may be the carriage return
    EXPECT_EQ(scan(std::string(102, 'a'), limits).error(), MessageError::line_too_long);
    EXPECT_EQ(scan("GET\r\n" + std::string(102, 'a'), limits).error(), MessageError::head_too_large);
}

TEST(HeadScannerLimits, AHeadMayBeAsLargeAsTheTotal) {
    const std::string head = "GET\r\n" + std::string(50, 'a') + "\r\n" + std::string(50, 'b') + "\r\n\r\n";
    EXPECT_TRUE(scan(head, {100, head.size(), 10}));
    EXPECT_EQ(scan(head, {100, head.size() - 1, 10}).error(), MessageError::head_too_large);
}

TEST(HeadScannerLimits, AnEndlessHeadIsRefusedBeforeItEnds) {
    std::string head = "GET\r\n";
    while (head.size() <= 200) head += "a: b\r\n";
    EXPECT_EQ(scan(head, {100, 200, 1000}).error(), MessageError::head_too_large);
    EXPECT_EQ(scan(head.substr(0, 201), {100, 200, 1000}).error(), MessageError::head_too_large);
}

TEST(HeadScannerLimits, AsManyFieldsAsTheLimitAreTaken) {
    std::string head = "GET\r\n";
    for (int i = 0; i < 10; ++i) head += "a: b\r\n";
    EXPECT_TRUE(scan(head + "\r\n", {100, 1000, 10}));
    EXPECT_EQ(scan(head + "a: b\r\n\r\n", {100, 1000, 10}).error(), MessageError::head_too_large);
}

}  // namespace
}  // namespace proxy_tests
