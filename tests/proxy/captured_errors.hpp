// The error log of the process in a file of one test, for tests that read it or would fill the terminal.
#pragma once

#include <string>

#include "proxy/observe/error_log.hpp"
#include "tests/support/temporary_folder.hpp"

namespace proxy_tests {

/// From its making to its end. Only one may be used at a time.
class CapturedErrors {
  public:
    explicit CapturedErrors(config::LogLevel threshold = config::LogLevel::debug) { use(threshold); }
    ~CapturedErrors() {
        using proxy::observe::LogFile;
        proxy::observe::ErrorLog::of_process().use(*LogFile::open("stderr"), config::LogLevel::notice);
    }
    CapturedErrors(const CapturedErrors&) = delete;
    CapturedErrors& operator=(const CapturedErrors&) = delete;

    void use(config::LogLevel threshold) {
        using proxy::observe::LogFile;
        proxy::observe::ErrorLog::of_process().use(*LogFile::open(file()), threshold);
    }

    std::string text() const { return content_of(file()); }

  private:
    std::string file() const { return (folder_ / "error.log").string(); }

    TemporaryFolder folder_;
};

}  // namespace proxy_tests
