// Access log records in nginx's combined format, with an addition for tunnels.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/observe/log_file.hpp"

namespace proxy::observe {

using AccessLogs = std::vector<std::shared_ptr<LogFile>>;

/// What a tunnel has to tell at its end.
struct TunnelSummary {
    std::chrono::milliseconds duration{0};
    std::chrono::milliseconds paused{0};  ///< of it, while a reader that was too slow held the other side back
    std::uint64_t from_client = 0;  ///< bytes
    std::uint64_t from_upstream = 0;
    std::string_view closed_by;  ///< "client", "upstream" or "proxy"
    std::string_view reason;     ///< "eof", "timeout", an error in words
    std::string_view endpoint;
};

/// The record of one request: what is known when its head has been read, in one string, until the end adds the rest.
class AccessRecord {
 public:
    AccessRecord() = default;
    AccessRecord(std::shared_ptr<const AccessLogs> logs, std::string_view remote, std::string_view request_line,
                 std::string_view referer, std::string_view user_agent);

    /// Writes the record of an ordinary request. `body_bytes` is what was sent to the client without the head.
    void write(unsigned status, std::uint64_t body_bytes) const;

    /// Writes the record of a tunnel: combined format with status 101, then
    /// `duration=S received=N sent=N closed_by=WHO reason="..." upstream=ADDRESS paused=S`.
    void write(const TunnelSummary& summary) const;

 private:
    std::string line(unsigned status, std::uint64_t body_bytes) const;
    void write_line(const std::string& line) const;

    std::shared_ptr<const AccessLogs> logs_;
    std::string text_;  // remote, quoted request line, quoted referer and user agent, each at its place
    std::uint32_t request_at_ = 0;
    std::uint32_t agent_at_ = 0;
};

}  // namespace proxy::observe
