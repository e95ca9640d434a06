// Access log records: nginx's combined format, and what a tunnel adds.
#include "proxy/observe/access_log.hpp"

#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;
using proxy::observe::AccessLogs;
using proxy::observe::AccessRecord;
using proxy::observe::LogFile;
using testing::EndsWith;
using testing::HasSubstr;

class AccessLog : public testing::Test {
  protected:
    TemporaryFolder folder;
    std::shared_ptr<const AccessLogs> logs =
        std::make_shared<AccessLogs>(AccessLogs{*LogFile::open(folder / "access.log")});

    std::string logged() const { return content_of(folder / "access.log"); }
    std::string quoted(std::string_view agent) {
        AccessRecord(logs, "192.0.2.7", "GET / HTTP/1.1", "", agent).write(200, 0);
        const std::string line = logged();
        return line.substr(line.find("\"-\" ") + 4);
    }
};

TEST_F(AccessLog, IsInCombinedFormat) {
    AccessRecord(logs, "192.0.2.7", "GET /a?b HTTP/1.1", "http://from/", "curl/8").write(200, 1234);
    const std::regex form(
        "192\\.0\\.2\\.7 - - \\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}(:[0-9]{2}){3} [+-][0-9]{4}\\] "
        "\"GET /a\\?b HTTP/1\\.1\" 200 1234 \"http://from/\" \"curl/8\"\n");
    EXPECT_TRUE(std::regex_match(logged(), form)) << logged();
}

TEST_F(AccessLog, ShowsADashForWhatIsAbsent) {
    AccessRecord(logs, "192.0.2.7", "", "", "").write(400, 0);
    EXPECT_THAT(logged(), EndsWith(" \"-\" 400 0 \"-\" \"-\"\n"));
}

TEST_F(AccessLog, EscapesWhatCouldForgeARecord) {
    EXPECT_EQ(quoted("a\"b\\c\r\n\t\x7f\xc3\xa4"), "\"a\\x22b\\x5Cc\\x0D\\x0A\\x09\\x7F\\xC3\\xA4\"\n");
}

TEST_F(AccessLog, EscapesEveryByteThatIsNotPrintable) {
    std::string every;
    for (int code = 0; code < 256; ++code) every += static_cast<char>(code);
    const std::string text = quoted(every);
    for (const char letter : text.substr(0, text.size() - 1)) {
        EXPECT_GE(letter, ' ');
        EXPECT_LT(letter, '\x7f');
    }
}

TEST_F(AccessLog, TellsTheStoryOfATunnel) {
    const AccessRecord record(logs, "192.0.2.7", "GET /ws HTTP/1.1", "", "");
    proxy::observe::TunnelSummary summary;
    summary.duration = 61'005ms;
    summary.paused = 2'030ms;
    summary.from_client = 10;
    summary.from_upstream = 20;
    summary.closed_by = "client";
    summary.reason = "eof";
    summary.endpoint = "127.0.0.1:7000";
    record.write(summary);
    EXPECT_THAT(logged(), EndsWith("\"GET /ws HTTP/1.1\" 101 20 \"-\" \"-\" duration=61.005 received=10 sent=20 "
                                   "closed_by=client reason=\"eof\" upstream=127.0.0.1:7000 paused=2.030\n"));
}

TEST_F(AccessLog, GoesToEveryFile) {
    const auto both = std::make_shared<AccessLogs>(
        AccessLogs{*LogFile::open(folder / "one.log"), *LogFile::open(folder / "two.log")});
    AccessRecord(both, "192.0.2.7", "GET / HTTP/1.1", "", "").write(200, 0);
    EXPECT_THAT(content_of(folder / "one.log"), HasSubstr("GET /"));
    EXPECT_EQ(content_of(folder / "one.log"), content_of(folder / "two.log"));
}

TEST(AccessRecords, WithoutALogWriteNothing) {
    AccessRecord().write(200, 0);
    AccessRecord(nullptr, "a", "b", "c", "d").write(200, 0);
    AccessRecord(std::make_shared<AccessLogs>(), "a", "b", "c", "d").write(proxy::observe::TunnelSummary{});
}

}  // namespace
}  // namespace proxy_tests
