// The variables a configuration value may name ($host, $http_upgrade, ...) and text that holds them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// One variable. The last group are families: `http_upgrade` is {http_, "upgrade"}.
enum class Variable {
    args,
    binary_remote_addr,
    connection,
    connection_requests,
    content_length,
    content_type,
    host,
    hostname,
    https,
    is_args,
    msec,
    pid,
    proxy_add_x_forwarded_for,
    proxy_host,
    proxy_port,
    query_string,
    remote_addr,
    remote_port,
    request,
    request_method,
    request_uri,
    scheme,
    server_addr,
    server_name,
    server_port,
    server_protocol,
    ssl_cipher,
    ssl_client_escaped_cert,
    ssl_client_fingerprint,
    ssl_client_i_dn,
    ssl_client_s_dn,
    ssl_client_serial,
    ssl_client_verify,
    ssl_protocol,
    ssl_server_name,
    ssl_session_reused,
    time_iso8601,
    time_local,
    uri,
    // families
    arg_,
    cookie_,
    http_,
    upstream_cookie_,
    upstream_http_,
};

/// A value with variables in it, parsed once when the configuration is read.
struct Template {
    struct Part {
        std::optional<Variable> variable;  ///< absent: `text` is literal
        std::string text;                  ///< the literal, or the NAME of a family (`upgrade`)
        bool operator==(const Part&) const = default;
    };
    std::vector<Part> parts;

    bool operator==(const Template&) const = default;
};

/// The variable called `name` (without the dollar sign), as {variable, NAME of the family}, or nothing.
std::optional<Template::Part> find_variable(std::string_view name);

/// The name as it stands behind the dollar sign: "host", "http_upgrade".
std::string variable_name(const Template::Part& part);

/// Every name find_variable() knows, a family by its prefix ("http_").
const std::vector<std::string_view>& variable_names();

/// What parse_template() makes of a text: a value, or what is wrong with it.
struct ParsedTemplate {
    Template value;
    std::string error;  ///< empty: `value` holds
    std::string hint;
};

/// "$name", "${name}x" and literal text. An unknown variable and a lone dollar sign are errors, as in nginx.
ParsedTemplate parse_template(std::string_view text);

/// The text as it stands in a configuration: "$host", "${scheme}x".
std::string to_string(const Template& text);

}  // namespace config
