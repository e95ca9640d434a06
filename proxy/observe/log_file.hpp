// A log file that is appended to line by line and can be reopened in place after rotation.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <spdlog/sinks/base_sink.h>

#include "net/descriptor.hpp"
#include "net/failure.hpp"

namespace proxy::observe {

/// A spdlog sink over one descriptor in append mode; each record is one write(2), so that lines of several
/// processes do not mix. "stderr" and "stdout" stand for the process's own streams.
class LogFile final : public spdlog::sinks::base_sink<std::mutex> {
 public:
    /// Opens or creates the file. Errors: those of open(2).
    static net::IoResult<std::shared_ptr<LogFile>> open(const std::string& path);

    /// Opens the path anew (SIGUSR1). On failure the old file stays in use.
    net::ErrorCode reopen();

    /// Appends one line as it is.
    void write_line(std::string_view line);

    const std::string& path() const { return path_; }

    /// Gives the file to another user, so that it can be reopened after privileges were dropped.
    void give_to(unsigned user, unsigned group);

 private:
    LogFile(std::string path, net::Descriptor descriptor);
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override {}
    void write(const char* data, std::size_t size);

    std::string path_;
    net::Descriptor descriptor_;
};

/// The log files of the process, one for each path however often it is named.
class LogFiles {
 public:
    net::IoResult<std::shared_ptr<LogFile>> open(const std::string& path);
    /// Closes the files that nobody else uses any more, after a reload.
    void forget_unused();

    const std::map<std::string, std::shared_ptr<LogFile>>& all() const { return files_; }

 private:
    std::map<std::string, std::shared_ptr<LogFile>> files_;
};

}  // namespace proxy::observe
