// The form of error log lines, and their levels.
#include "proxy/observe/error_log.hpp"

#include <unistd.h>

#include <regex>

#include <gtest/gtest.h>

#include "tests/proxy/captured_errors.hpp"

namespace proxy_tests {
namespace {

using config::LogLevel;

class ErrorLog : public testing::Test {
  protected:
    void use(LogLevel threshold) { errors.use(threshold); }
    std::string logged() const { return errors.text(); }

    CapturedErrors errors;
};

TEST_F(ErrorLog, HasNginxLineForm) {
    proxy::observe::log(LogLevel::error, 42, "what happened");
    const std::string process = std::to_string(getpid());
    const std::regex form("[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} \\[error\\] " + process +
                          "#[0-9]+: \\*42 what happened\n");
    EXPECT_TRUE(std::regex_match(logged(), form)) << logged();
}

TEST_F(ErrorLog, LeavesTheConnectionOutWhereThereIsNone) {
    proxy::observe::log(LogLevel::notice, "started");
    EXPECT_TRUE(std::regex_match(logged(), std::regex(".* \\[notice\\] [0-9]+#[0-9]+: started\n"))) << logged();
}

TEST_F(ErrorLog, NamesEveryLevelAsNginxDoes) {
    const char* const names[] = {"debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"};
    for (int level = 0; level < 8; ++level) proxy::observe::log(static_cast<LogLevel>(level), "text");
    std::string rest = logged();
    for (const char* name : names) {
        const std::size_t found = rest.find(std::string("[") + name + "]");
        ASSERT_NE(found, rest.npos) << name;
        rest = rest.substr(found);
    }
}

TEST_F(ErrorLog, DropsWhatIsBelowTheThreshold) {
    for (int threshold = 0; threshold < 8; ++threshold) {
        use(static_cast<LogLevel>(threshold));
        for (int level = 0; level < 8; ++level) {
            const std::size_t before = logged().size();
            proxy::observe::log(static_cast<LogLevel>(level), "text");
            EXPECT_EQ(logged().size() > before, level >= threshold) << level << " at " << threshold;
        }
    }
}

TEST_F(ErrorLog, TakesBracesAsText) {
    proxy::observe::log(LogLevel::error, "{} {0} %v");
    EXPECT_NE(logged().find(": {} {0} %v\n"), std::string::npos);
}

}  // namespace
}  // namespace proxy_tests
