// Searches for line feeds from the back; repairs UTF-8 with Boost.Nowide.
#include "logtail/log_text.hpp"

#include <boost/nowide/utf/convert.hpp>

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
    return boost::nowide::utf::convert_string<char>(lines.data(), lines.data() + lines.size());
}

}  // namespace logtail
