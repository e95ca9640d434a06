// The line-by-line check of a message head.
#include "proxy/http/head_scanner.hpp"

#include "proxy/http/message_error.hpp"

namespace proxy::http {

net::ErrorCode HeadScanner::too_long() const {
    return lines_ == 0 ? MessageError::line_too_long : MessageError::head_too_large;
}

net::ErrorCode HeadScanner::check_line(std::string_view line) {
    if (line.size() > limits_.line) return too_long();
    if (line.find('\r') != line.npos || line.find('\0') != line.npos) return MessageError::malformed;
    if (line.starts_with(' ') || line.starts_with('\t')) return MessageError::malformed;
    if (lines_ > limits_.fields) return MessageError::head_too_large;
    return {};
}

net::IoResult<std::size_t> HeadScanner::scan(std::string_view head) {
    for (;;) {
        const std::size_t feed = head.find('\n', scanned_);
        if (feed == head.npos) {
            scanned_ = head.size();
            if (head.size() - line_start_ > limits_.line + 1) return too_long();
            if (head.size() > limits_.total) return net::ErrorCode(MessageError::head_too_large);
            return std::size_t{0};
        }
        if (feed == line_start_ || head[feed - 1] != '\r') return net::ErrorCode(MessageError::malformed);
        const std::string_view line = head.substr(line_start_, feed - 1 - line_start_);
        line_start_ = scanned_ = feed + 1;
        if (line_start_ > limits_.total) return too_long();
        if (line.empty()) return line_start_;
        if (const net::ErrorCode error = check_line(line)) return error;
        ++lines_;
    }
}

}  // namespace proxy::http
