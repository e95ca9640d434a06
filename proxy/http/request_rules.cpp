// Examination of the request-target and the Host field.
#include "proxy/http/request_rules.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "proxy/http/message_error.hpp"

namespace proxy::http {

namespace {

const net::ErrorCode malformed = MessageError::malformed;

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
}

bool is_host_character(char letter) {
    // By a table, because each byte of each Host is looked up.
    static constexpr auto allowed = [] {
        std::array<bool, 256> table{};
        for (unsigned char printable = '!'; printable < 0x7f; ++printable) table[printable] = true;
        for (const unsigned char refused : std::string_view("/\\?#@[]:<>\"{}|^`%,")) table[refused] = false;
        return table;
    }();
    return allowed[static_cast<unsigned char>(letter)];
}

// uri-host [":" port], RFC 9110, 7.2; gives the host in lower case without a trailing dot.
net::IoResult<std::string> host_without_port(std::string_view authority) {
    std::string_view host = authority;
    std::string_view port;
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == authority.npos) return malformed;
        host = authority.substr(0, end + 1);
        port = authority.substr(end + 1);
        const std::string_view inside = host.substr(1, host.size() - 2);
        if (inside.empty() || inside.find_first_not_of("0123456789abcdefABCDEF:.") != inside.npos) return malformed;
    } else {
        const std::size_t colon = authority.find(':');
        host = authority.substr(0, colon);
        port = colon == authority.npos ? std::string_view() : authority.substr(colon);
        if (!std::all_of(host.begin(), host.end(), is_host_character)) return malformed;
    }
    if (!port.empty() && (port.front() != ':' || !all_digits(port.substr(1)))) return malformed;
    std::string name(host);
    std::transform(name.begin(), name.end(), name.begin(), lower);
    if (name.size() > 1 && name.back() == '.') name.pop_back();
    return name;
}

struct AbsoluteForm {
    std::string_view authority;  // never empty
    std::string origin;
};

// Takes "http://host:port/path" apart; anything else is not in absolute form.
std::optional<AbsoluteForm> split_absolute(std::string_view target) {
    static constexpr std::string_view schemes[] = {"http://", "https://"};
    for (const std::string_view scheme : schemes) {
        if (!equal_names(target.substr(0, scheme.size()), scheme)) continue;
        const std::string_view rest = target.substr(scheme.size());
        const std::size_t end = rest.find_first_of("/?");
        if (end == 0 || rest.empty()) return std::nullopt;
        const std::string path(end == rest.npos ? std::string_view() : rest.substr(end));
        return AbsoluteForm{rest.substr(0, end), path.starts_with('/') ? path : "/" + path};
    }
    return std::nullopt;
}

int hex_value(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (lower(letter) >= 'a' && lower(letter) <= 'f') return lower(letter) - 'a' + 10;
    return -1;
}

net::IoResult<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return malformed;
        const int high = hex_value(text[i + 1]);
        const int low = hex_value(text[i + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) return malformed;
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

}  // namespace

net::IoResult<std::string> normalize_path(std::string_view path) {
    const bool is_normal = path.starts_with('/') && path.find('%') == path.npos && path.find("//") == path.npos &&
                           path.find("/.") == path.npos;
    if (is_normal) return std::string(path);
    const auto decoded = percent_decode(path);
    if (!decoded) return decoded;
    std::vector<std::string_view> segments;
    const std::string_view text = *decoded;
    bool directory = true;  // whether the result ends with a slash
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('/', start), text.size());
        const std::string_view segment = text.substr(start, end - start);
        directory = end < text.size() || segment.empty() || segment == "." || segment == "..";
        if (segment == "..") {
            if (segments.empty()) return malformed;
            segments.pop_back();
        } else if (!segment.empty() && segment != ".") {
            segments.push_back(segment);
        }
        start = end + 1;
    }
    std::string normal;
    normal.reserve(text.size() + 1);
    for (const std::string_view segment : segments) normal.append("/").append(segment);
    if (directory || normal.empty()) normal += '/';
    return normal;
}

void append_percent_encoded(std::string& text, char byte) {
    static constexpr char digits[] = "0123456789ABCDEF";
    const auto code = static_cast<unsigned char>(byte);
    text.append({'%', digits[code >> 4], digits[code & 15]});
}

std::string escape_path(std::string_view path) {
    static constexpr std::string_view marks = "%?#\"<>\\^`{|}";
    std::string escaped;
    for (const char letter : path) {
        const bool is_printable = letter > ' ' && letter < 0x7f;
        if (is_printable && marks.find(letter) == marks.npos)
            escaped += letter;
        else
            append_percent_encoded(escaped, letter);
    }
    return escaped;
}

net::IoResult<Target> examine_target(const RequestHead& head) {
    if (head.method == "CONNECT") return net::ErrorCode(MessageError::method_not_allowed);

    const std::size_t hosts = head.fields.count("Host");
    if (hosts > 1 || (hosts == 0 && head.version == Version::http_1_1)) return malformed;
    const auto named = host_without_port(head.fields.find("Host").value_or(""));
    if (!named) return named.error();

    Target target;
    target.host = *named;
    if (head.target.starts_with('/')) {
        target.origin = head.target;
    } else if (auto absolute = split_absolute(head.target)) {
        // RFC 9112, 3.2.2: the host of an absolute-form target wins over the Host field.
        const auto host = host_without_port(absolute->authority);
        if (!host) return host.error();
        target.host = *host;
        target.authority = absolute->authority;
        target.origin = std::move(absolute->origin);
    } else if (head.target == "*" && head.method == "OPTIONS") {
        target.origin = "*";
        target.path = "/";
        return target;
    } else {
        return malformed;
    }

    const std::string_view origin = target.origin;
    const std::size_t fragment = origin.find('#');
    if (fragment != origin.npos) return malformed;
    const std::size_t question = origin.find('?');
    const auto path = normalize_path(origin.substr(0, question));
    if (!path) return path.error();
    target.path = *path;
    if (question != origin.npos) target.query = origin.substr(question + 1);
    return target;
}

}  // namespace proxy::http
