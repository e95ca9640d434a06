// Cuts what was read from a log file into whole lines that may travel in a text message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace logtail {

/// The end (one past the line feed) of the last whole line in `text`; 0 if there is none.
std::size_t whole_lines_end(std::string_view text);

/// Where the last `lines` lines of `text` begin. A piece without a line feed at its end is not yet a line.
std::size_t last_lines_begin(std::string_view text, std::size_t lines);

/// `lines` without its last line feed, every byte sequence that is not UTF-8 replaced by U+FFFD: a browser
/// ends a connection on which a text message holds anything else (RFC 6455, section 8.1).
std::string as_message(std::string_view lines);

}  // namespace logtail
