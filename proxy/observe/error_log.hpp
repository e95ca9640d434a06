// The error log in nginx's line form: "2026/11/23 00:41:38 [error] PID#TID: *CONNECTION text".
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string_view>

#include <spdlog/logger.h>

#include "config/model.hpp"
#include "proxy/observe/log_file.hpp"

namespace proxy::observe {

/// The error log of the process. Safe to write to from every thread; use() is for moments when no worker runs or
/// for a file that is already open.
class ErrorLog {
 public:
    static ErrorLog& of_process();

    /// Sends what follows to `file`, and drops what is below `threshold`.
    void use(const std::shared_ptr<LogFile>& file, config::LogLevel threshold);

    bool wants(config::LogLevel level) const { return level >= threshold_.load(std::memory_order_relaxed); }

    void write(config::LogLevel level, std::string_view text);

    /// With the serial number of the connection that it is about.
    void write(config::LogLevel level, std::uint64_t connection, std::string_view text);

 private:
    ErrorLog();
    void emit(config::LogLevel level, std::string_view text);

    // One spdlog logger for each of nginx's eight levels: spdlog's own six have other names.
    using Loggers = std::array<std::shared_ptr<spdlog::logger>, 8>;
    std::mutex mutex_;
    std::shared_ptr<const Loggers> loggers_;
    std::atomic<config::LogLevel> threshold_{config::LogLevel::notice};
};

inline void log(config::LogLevel level, std::string_view text) { ErrorLog::of_process().write(level, text); }
inline void log(config::LogLevel level, std::uint64_t connection, std::string_view text) {
    ErrorLog::of_process().write(level, connection, text);
}

/// Failures are values; what is thrown out of a connection is a bug or a lack of memory, and ends that connection alone.
/// Where there is no memory for the line either, it does without.
void log_exception(std::uint64_t connection, const std::exception_ptr& exception) noexcept;

}  // namespace proxy::observe
