// Storage and look-up of header fields.
#include "proxy/http/fields.hpp"

#include <strings.h>

#include <algorithm>

#include <boost/beast/http/rfc7230.hpp>

namespace proxy::http {

namespace beast = boost::beast;

// Room for a usual head, which comes in one piece then.
constexpr std::size_t usual_fields = 16;
constexpr std::size_t usual_text = 512;

namespace {

// Letters are alike where they differ in this bit alone. Other characters may be taken for alike as well.
constexpr unsigned char without_case(char letter) { return static_cast<unsigned char>(letter | 0x20); }

}  // namespace

bool equal_names(std::string_view left, std::string_view right) {
    // Most names that are asked for are others, and differ in their first letter.
    if (left.size() != right.size() || left.empty()) return left.size() == right.size();
    return without_case(left.front()) == without_case(right.front()) &&
           ::strncasecmp(left.data(), right.data(), left.size()) == 0;
}

bool has_token(std::string_view list, std::string_view token) {
    // Most lists are of one.
    if (!token.empty() && equal_names(list, token)) return true;
    return beast::http::token_list({list.data(), list.size()}).exists({token.data(), token.size()});
}

void Fields::add(std::string_view name, std::string_view value) {
    if (entries_.empty()) {
        entries_.reserve(usual_fields);
        text_.reserve(usual_text);
    }
    entries_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                        static_cast<std::uint32_t>(value.size())});
    text_.append(name).append(value);
}

void Fields::drop_names_with(char letter) {
    std::erase_if(entries_, [&](const Entry& entry) {
        return std::string_view(text_).substr(entry.start, entry.name_size).find(letter) != std::string_view::npos;
    });
}

std::string_view Fields::value(const Entry& entry) const {
    return {text_.data() + entry.start + entry.name_size, entry.value_size};
}

bool Fields::has_name(const Entry& entry, std::string_view name) const {
    return entry.name_size == name.size() && equal_names({text_.data() + entry.start, entry.name_size}, name);
}

Field Fields::operator[](std::size_t index) const {
    const Entry& entry = entries_[index];
    return {{text_.data() + entry.start, entry.name_size}, value(entry)};
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
    for (const Entry& entry : entries_)
        if (has_name(entry, name)) return value(entry);
    return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                  [&](const Entry& entry) { return has_name(entry, name); }));
}

std::string Fields::joined(std::string_view name) const {
    std::string list;
    for (const Entry& entry : entries_) {
        if (!has_name(entry, name)) continue;
        if (!list.empty()) list += ", ";
        list += value(entry);
    }
    return list;
}

bool Fields::lists(std::string_view name, std::string_view token) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return has_name(entry, name) && has_token(value(entry), token);
    });
}

}  // namespace proxy::http
