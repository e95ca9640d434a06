// Quotes and spells out values as TOML.
#include "config/toml_value_text.hpp"

#include "config/units.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

namespace config {
namespace {

using NameValues = std::vector<std::pair<std::string_view, std::string>>;

// A table where it can be one: its keys have to be different.
std::string pairs_text(const NameValues& pairs) {
    std::set<std::string_view> names;
    for (const auto& [name, value] : pairs) names.insert(name);
    const bool is_table = names.size() == pairs.size();
    std::string out;
    for (const auto& [name, value] : pairs) {
        out += out.empty() ? "" : ", ";
        out += is_table ? key(name) + " = " + in_quotes(value)
                        : '[' + in_quotes(name) + ", " + in_quotes(value) + ']';
    }
    return is_table ? "{ " + out + " }" : '[' + out + ']';
}

}  // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            out += "\\u00";
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string key(std::string_view name) {
    const bool is_bare = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
    return is_bare ? std::string(name) : in_quotes(name);
}

std::string text_of(bool value) {
    return value ? "true" : "false";
}
std::string text_of(unsigned value) {
    return std::to_string(value);
}
std::string text_of(Duration value) {
    return in_quotes(duration_text(value));
}
std::string text_of(HttpVersion value) {
    return in_quotes(value == HttpVersion::http_1_0 ? "1.0" : "1.1");
}
std::string text_of(ProxyProtocol value) {
    if (value == ProxyProtocol::off) return text_of(false);
    return in_quotes(value == ProxyProtocol::v1 ? "v1" : "v2");
}

std::string text_of(WebSocketMode value) {
    return text_of(value == WebSocketMode::native);
}

std::string text_of(std::uint64_t bytes) {
    const std::string text = size_text(bytes);
    return std::isdigit(static_cast<unsigned char>(text.back())) != 0 ? text : in_quotes(text);
}

std::string text_of(const ProxyPass& pass) {
    std::string url = (pass.tls ? "https://" : "http://") + pass.upstream;
    if (pass.uri && pass.upstream.starts_with("unix:")) url += ':';
    return in_quotes(url + pass.uri.value_or(""));
}

std::string text_of(const std::vector<AccessLog>& logs) {
    if (logs.empty()) return "false";
    if (logs.size() == 1) return in_quotes(logs.front().path);
    std::string out;
    for (const auto& log : logs) out += (out.empty() ? "[" : ", ") + in_quotes(log.path);
    return out + ']';
}

std::string text_of(const std::vector<HeaderRule>& rules) {
    NameValues pairs;
    for (const auto& rule : rules) pairs.emplace_back(rule.name, to_string(rule.value));
    return pairs_text(pairs);
}

std::string text_of(const std::vector<TlsCommand>& commands) {
    NameValues pairs;
    for (const auto& command : commands) pairs.emplace_back(command.name, command.value);
    return pairs_text(pairs);
}

std::string text_of(LogLevel level) {
    constexpr std::array<std::string_view, 8> names = {"debug", "info", "notice", "warn",
                                                       "error", "crit", "alert",  "emerg"};
    return in_quotes(names[static_cast<std::size_t>(level)]);
}

std::string text_of(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : ", ") + in_quotes(text);
    return '[' + out + ']';
}

std::string text_of(const RetryCauses& causes) {
    std::vector<std::string> words;
    for (std::size_t cause = 0; cause < retry_words().size(); ++cause)
        if (causes.contain(static_cast<RetryCause>(cause))) words.emplace_back(retry_words()[cause]);
    return words.empty() ? in_quotes("off") : text_of(words);
}

std::string text_of(const TlsProtocols& protocols) {
    std::vector<std::string> names;
    if (protocols.tls_1_2) names.emplace_back("TLSv1.2");
    if (protocols.tls_1_3) names.emplace_back("TLSv1.3");
    return text_of(names);
}

std::string text_of(ClientVerification value) {
    constexpr std::array<std::string_view, 4> names = {"off", "on", "optional", "optional_no_ca"};
    return in_quotes(names[static_cast<std::size_t>(value)]);
}

}  // namespace config
