// Names of variables, and the reading and printing of text that holds them.
#include "config/variable.hpp"

#include "config/did_you_mean.hpp"
#include "config/letter_case.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace config {
namespace {

using Named = std::pair<std::string_view, Variable>;

constexpr std::array<Named, 39> plain{{
    {"args", Variable::args},
    {"binary_remote_addr", Variable::binary_remote_addr},
    {"connection", Variable::connection},
    {"connection_requests", Variable::connection_requests},
    {"content_length", Variable::content_length},
    {"content_type", Variable::content_type},
    {"host", Variable::host},
    {"hostname", Variable::hostname},
    {"https", Variable::https},
    {"is_args", Variable::is_args},
    {"msec", Variable::msec},
    {"pid", Variable::pid},
    {"proxy_add_x_forwarded_for", Variable::proxy_add_x_forwarded_for},
    {"proxy_host", Variable::proxy_host},
    {"proxy_port", Variable::proxy_port},
    {"query_string", Variable::query_string},
    {"remote_addr", Variable::remote_addr},
    {"remote_port", Variable::remote_port},
    {"request", Variable::request},
    {"request_method", Variable::request_method},
    {"request_uri", Variable::request_uri},
    {"scheme", Variable::scheme},
    {"server_addr", Variable::server_addr},
    {"server_name", Variable::server_name},
    {"server_port", Variable::server_port},
    {"server_protocol", Variable::server_protocol},
    {"ssl_cipher", Variable::ssl_cipher},
    {"ssl_client_escaped_cert", Variable::ssl_client_escaped_cert},
    {"ssl_client_fingerprint", Variable::ssl_client_fingerprint},
    {"ssl_client_i_dn", Variable::ssl_client_i_dn},
    {"ssl_client_s_dn", Variable::ssl_client_s_dn},
    {"ssl_client_serial", Variable::ssl_client_serial},
    {"ssl_client_verify", Variable::ssl_client_verify},
    {"ssl_protocol", Variable::ssl_protocol},
    {"ssl_server_name", Variable::ssl_server_name},
    {"ssl_session_reused", Variable::ssl_session_reused},
    {"time_iso8601", Variable::time_iso8601},
    {"time_local", Variable::time_local},
    {"uri", Variable::uri},
}};

constexpr std::array<Named, 5> families{{
    {"arg_", Variable::arg_},
    {"cookie_", Variable::cookie_},
    {"http_", Variable::http_},
    {"upstream_cookie_", Variable::upstream_cookie_},
    {"upstream_http_", Variable::upstream_http_},
}};

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The name at the front of `rest`, which stands behind a dollar sign; `rest` then begins behind it.
std::optional<std::string_view> take_name(std::string_view& rest) {
    const bool braced = rest.starts_with('{');
    if (braced) rest.remove_prefix(1);
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_name_character);
    const auto name = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(name.size());
    if (braced) {
        if (!rest.starts_with('}')) return std::nullopt;
        rest.remove_prefix(1);
    }
    if (name.empty()) return std::nullopt;
    return name;
}

}  // namespace

std::optional<Template::Part> find_variable(std::string_view name) {
    const auto same = [name](const Named& entry) { return entry.first == name; };
    if (const auto* const found = std::find_if(plain.begin(), plain.end(), same); found != plain.end()) {
        return Template::Part{found->second, {}};
    }
    for (const auto& [prefix, family] : families) {
        // Header and cookie names have no case in a variable: $http_Upgrade is $http_upgrade.
        if (name.starts_with(prefix) && name.size() > prefix.size()) {
            return Template::Part{family, lower(name.substr(prefix.size()))};
        }
    }
    return std::nullopt;
}

std::string variable_name(const Template::Part& part) {
    for (const auto& [name, variable] : plain) {
        if (variable == part.variable) return std::string(name);
    }
    for (const auto& [prefix, family] : families) {
        if (family == part.variable) return std::string(prefix) + part.text;
    }
    return {};
}

const std::vector<std::string_view>& variable_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> result;
        for (const auto& entry : plain) result.push_back(entry.first);
        for (const auto& entry : families) result.push_back(entry.first);
        return result;
    }();
    return names;
}

ParsedTemplate parse_template(std::string_view text) {
    Template result;
    while (!text.empty()) {
        const auto dollar = text.find('$');
        if (dollar != 0) {
            result.parts.push_back({std::nullopt, std::string(text.substr(0, dollar))});
            text.remove_prefix(std::min(dollar, text.size()));
            continue;
        }
        text.remove_prefix(1);
        const auto name = take_name(text);
        if (!name) {
            return {{}, "invalid variable name", "a dollar sign is followed by a name: $host or ${host}"};
        }
        auto part = find_variable(*name);
        if (!part) {
            return {{},
                    "unknown variable \"$" + std::string(*name) + "\"",
                    did_you_mean(*name, variable_names())};
        }
        result.parts.push_back(std::move(*part));
    }
    return {std::move(result), {}, {}};
}

std::string to_string(const Template& text) {
    std::string out;
    for (std::size_t i = 0; i < text.parts.size(); ++i) {
        const auto& part = text.parts[i];
        if (!part.variable) {
            out += part.text;
            continue;
        }
        // Braces only where the text behind would otherwise be read as part of the name.
        const bool needs_braces = i + 1 < text.parts.size() && !text.parts[i + 1].variable &&
                                  !text.parts[i + 1].text.empty() &&
                                  is_name_character(text.parts[i + 1].text.front());
        out += needs_braces ? "${" + variable_name(part) + '}' : '$' + variable_name(part);
    }
    return out;
}

}  // namespace config
