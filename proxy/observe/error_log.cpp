// Formatting of error log lines with spdlog.
#include "proxy/observe/error_log.hpp"

#include <unistd.h>

#include <new>

#include <spdlog/fmt/fmt.h>
#include <spdlog/pattern_formatter.h>

namespace proxy::observe {

namespace {

constexpr std::array level_names = {"debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"};

}  // namespace

ErrorLog& ErrorLog::of_process() {
    static ErrorLog log;
    return log;
}

ErrorLog::ErrorLog() {
    if (const auto file = LogFile::open("stderr")) use(*file, config::LogLevel::notice);
}

void ErrorLog::use(const std::shared_ptr<LogFile>& file, config::LogLevel threshold) {
    file->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y/%m/%d %H:%M:%S [%n] %v"));
    auto loggers = std::make_shared<Loggers>();
    for (std::size_t i = 0; i < loggers->size(); ++i) {
        (*loggers)[i] = std::make_shared<spdlog::logger>(level_names[i], file);
        (*loggers)[i]->set_level(spdlog::level::trace);
    }
    const std::lock_guard lock(mutex_);
    loggers_ = std::move(loggers);
    threshold_ = threshold;
}

void ErrorLog::emit(config::LogLevel level, std::string_view text) {
    std::shared_ptr<const Loggers> loggers;
    {
        const std::lock_guard lock(mutex_);
        loggers = loggers_;
    }
    if (loggers)
        (*loggers)[static_cast<std::size_t>(level)]->log(spdlog::level::info, "{}#{}: {}", getpid(), gettid(), text);
}

void ErrorLog::write(config::LogLevel level, std::string_view text) {
    if (wants(level)) emit(level, text);
}

void ErrorLog::write(config::LogLevel level, std::uint64_t connection, std::string_view text) {
    if (wants(level)) emit(level, fmt::format("*{} {}", connection, text));
}

void log_exception(std::uint64_t connection, const std::exception_ptr& exception) noexcept {
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& error) {
        try {
            log(config::LogLevel::crit, connection, std::string("connection ended by an exception: ") + error.what());
        } catch (const std::bad_alloc&) {  // what has thrown before goes on without a line, rather than not at all
        }
    }
}

}  // namespace proxy::observe
