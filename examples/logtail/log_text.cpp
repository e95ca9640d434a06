// Searches for line feeds from the back; repairs UTF-8 with what Boost.Nowide can tell of it.
#include "logtail/log_text.hpp"

#include <algorithm>
#include <iterator>

#include <boost/nowide/replacement.hpp>
#include <boost/nowide/utf/utf.hpp>

namespace logtail {

std::size_t whole_lines_end(std::string_view text) {
    const auto last = text.rfind('\n');
    return last == std::string_view::npos ? 0 : last + 1;
}

std::size_t last_lines_begin(std::string_view text, std::size_t lines) {
    std::size_t begin = whole_lines_end(text);
    while (lines > 0 && begin > 0) {
        // The feed that ends the line before; the one right before `begin` ends this line itself.
        const auto feed = begin < 2 ? std::string_view::npos : text.rfind('\n', begin - 2);
        begin = feed == std::string_view::npos ? 0 : feed + 1;
        --lines;
    }
    return begin;
}

std::string as_message(std::string_view lines) {
    if (lines.ends_with('\n')) lines.remove_suffix(1);
    using Utf8 = boost::nowide::utf::utf_traits<char>;
    std::string message;
    message.reserve(lines.size());
    const char* const end = lines.data() + lines.size();
    const auto is_ascii = [](char byte) { return static_cast<unsigned char>(byte) < 0x80; };
    for (const char* at = lines.data(); at != end;) {
        const char* const plain_end = std::find_if_not(at, end, is_ascii);  // most of most logs
        message.append(at, plain_end);
        at = plain_end;
        if (at == end) break;
        const char* const begin = at;
        const auto character = Utf8::decode(at, end);
        if (boost::nowide::utf::is_valid_codepoint(character)) {
            message.append(begin, at);
        } else {
            // decode() may have taken the good character behind a torn one with it, even a line feed.
            Utf8::encode(BOOST_NOWIDE_REPLACEMENT_CHARACTER, std::back_inserter(message));
            at = begin + 1;
        }
    }
    return message;
}

}  // namespace logtail
