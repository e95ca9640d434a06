// Formatting of access log records.
#include "proxy/observe/access_log.hpp"

#include <array>
#include <ctime>

#include <spdlog/fmt/fmt.h>

namespace proxy::observe {

namespace {

// As nginx: quotes, backslashes and everything that is not printable ASCII become \xXX.
void append_quoted(std::string& text, std::string_view value) {
    text += '"';
    if (value.empty()) text += '-';
    for (const char letter : value) {
        const auto code = static_cast<unsigned char>(letter);
        if (code < 0x20 || code >= 0x7f || letter == '"' || letter == '\\')
            text += fmt::format("\\x{:02X}", code);
        else
            text += letter;
    }
    text += '"';
}

std::string in_seconds(std::chrono::milliseconds time) {
    return fmt::format("{}.{:03}", time.count() / 1000, time.count() % 1000);
}

// Records of one second share their time text.
std::string_view local_time() {
    thread_local std::time_t last = 0;
    thread_local std::array<char, 64> text;
    thread_local std::size_t size = 0;
    const std::time_t now = std::time(nullptr);
    if (now != last) {
        std::tm local{};
        localtime_r(&now, &local);
        size = std::strftime(text.data(), text.size(), "%d/%b/%Y:%H:%M:%S %z", &local);
        last = now;
    }
    return {text.data(), size};
}

}  // namespace

AccessRecord::AccessRecord(std::shared_ptr<const AccessLogs> logs, std::string_view remote,
                           std::string_view request_line, std::string_view referer, std::string_view user_agent)
    : logs_(std::move(logs)) {
    if (!logs_ || logs_->empty()) return;
    text_ = remote;
    request_at_ = static_cast<std::uint32_t>(text_.size());
    append_quoted(text_, request_line);
    agent_at_ = static_cast<std::uint32_t>(text_.size());
    append_quoted(text_, referer);
    text_ += ' ';
    append_quoted(text_, user_agent);
}

std::string AccessRecord::line(unsigned status, std::uint64_t body_bytes) const {
    const std::string_view text(text_);
    return fmt::format("{} - - [{}] {} {} {} {}", text.substr(0, request_at_), local_time(),
                       text.substr(request_at_, agent_at_ - request_at_), status, body_bytes, text.substr(agent_at_));
}

void AccessRecord::write_line(const std::string& line) const {
    for (const auto& log : *logs_) log->write_line(line);
}

void AccessRecord::write(unsigned status, std::uint64_t body_bytes) const {
    if (logs_ && !logs_->empty()) write_line(line(status, body_bytes));
}

void AccessRecord::write(const TunnelSummary& summary) const {
    if (!logs_ || logs_->empty()) return;
    std::string text = line(101, summary.from_upstream);
    text += fmt::format(" duration={} received={} sent={} closed_by={} reason=", in_seconds(summary.duration),
                        summary.from_client, summary.from_upstream, summary.closed_by);
    append_quoted(text, summary.reason);
    text += fmt::format(" upstream={} paused={}", summary.endpoint, in_seconds(summary.paused));
    write_line(text);
}

}  // namespace proxy::observe
