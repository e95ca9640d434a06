// Storage and look-up of header fields.
#include "proxy/http/fields.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace proxy::http {

namespace beast = boost::beast;

bool equal_names(std::string_view left, std::string_view right) {
    return beast::iequals({left.data(), left.size()}, {right.data(), right.size()});
}

void Fields::add(std::string_view name, std::string_view value) {
    entries_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                        static_cast<std::uint32_t>(value.size())});
    text_.append(name).append(value);
}

void Fields::drop_names_with(char letter) {
    std::erase_if(entries_, [&](const Entry& entry) {
        return std::string_view(text_).substr(entry.start, entry.name_size).find(letter) != std::string_view::npos;
    });
}

Field Fields::operator[](std::size_t index) const {
    const Entry& entry = entries_[index];
    const std::string_view text(text_);
    return {text.substr(entry.start, entry.name_size),
            text.substr(entry.start + entry.name_size, entry.value_size)};
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
    for (const Field field : *this)
        if (equal_names(field.name, name)) return field.value;
    return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
    std::size_t count = 0;
    for (const Field field : *this) count += equal_names(field.name, name) ? 1 : 0;
    return count;
}

std::string Fields::joined(std::string_view name) const {
    std::string list;
    for (const Field field : *this) {
        if (!equal_names(field.name, name)) continue;
        if (!list.empty()) list += ", ";
        list += field.value;
    }
    return list;
}

bool Fields::lists(std::string_view name, std::string_view token) const {
    for (const Field field : *this) {
        if (!equal_names(field.name, name)) continue;
        beast::http::token_list list({field.value.data(), field.value.size()});
        if (list.exists({token.data(), token.size()})) return true;
    }
    return false;
}

}  // namespace proxy::http
