// Evaluation of variables.
#include "proxy/route/variables.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "proxy/route/tls_variables.hpp"

namespace proxy::route {

namespace {

using config::Variable;

std::string field(const RequestView& request, std::string_view name) {
    return std::string(request.head.fields.find(name).value_or(""));
}

// $http_NAME: the field whose name is NAME with dashes for underscores; several are one list.
std::string named_field(const RequestView& request, std::string name) {
    // RFC 9112, 3.2.2: a proxy replaces the Host field by the host of a target in absolute form.
    if (name == "host" && !request.target.authority.empty()) return request.target.authority;
    std::replace(name.begin(), name.end(), '_', '-');
    return request.head.fields.joined(name);
}

std::string argument(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const std::size_t equals = pair.find('=');
        if (equals != pair.npos && http::equal_names(pair.substr(0, equals), name))
            return std::string(pair.substr(equals + 1));
    }
    return {};
}

// NAME=VALUE, if that is the name.
std::optional<std::string> value_of_pair(std::string_view pair, std::string_view name) {
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos || !http::equal_names(pair.substr(0, equals), name)) return std::nullopt;
    return std::string(pair.substr(equals + 1));
}

// $upstream_http_NAME, as $http_NAME.
std::string upstream_field(const RequestView& request, std::string name) {
    if (request.response == nullptr) return {};
    std::replace(name.begin(), name.end(), '_', '-');
    return request.response->fields.joined(name);
}

// $upstream_cookie_NAME: the value that Set-Cookie gives it.
std::string upstream_cookie(const RequestView& request, std::string_view name) {
    if (request.response == nullptr) return {};
    for (const http::Field header : request.response->fields) {
        if (!http::equal_names(header.name, "Set-Cookie")) continue;
        if (auto value = value_of_pair(header.value.substr(0, header.value.find(';')), name)) return *std::move(value);
    }
    return {};
}

std::string forwarded_for(const RequestView& request) {
    std::string list = request.head.fields.joined("X-Forwarded-For");
    if (!list.empty()) list += ", ";
    return list + request.client.remote_host;
}

std::string time_text(const char* format) {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 64> text;
    return {text.data(), std::strftime(text.data(), text.size(), format, &local)};
}

std::string iso8601() {
    std::string text = time_text("%Y-%m-%dT%H:%M:%S%z");
    return text.insert(text.size() - 2, ":");
}

std::string seconds_with_milliseconds() {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    std::string fraction = std::to_string(now.count() % 1000);
    return std::to_string(now.count() / 1000) + "." + fraction.insert(0, 3 - fraction.size(), '0');
}

std::string host_name() {
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

std::string proxy_port(const RequestView& request) {
    const std::size_t colon = request.proxy_host.rfind(':');
    const bool bare = colon == std::string_view::npos || request.proxy_host.ends_with(']');
    return bare ? std::to_string(request.proxy_default_port) : std::string(request.proxy_host.substr(colon + 1));
}

std::string_view protocol(const RequestView& request) {
    return request.head.version == http::Version::http_1_1 ? "HTTP/1.1" : "HTTP/1.0";
}

std::string value(const config::Template::Part& part, const RequestView& request) {
    switch (*part.variable) {
        case Variable::args:
        case Variable::query_string: return request.target.query;
        case Variable::binary_remote_addr: return request.client.remote_binary;
        case Variable::connection: return std::to_string(request.connection);
        case Variable::connection_requests: return std::to_string(request.request_number);
        case Variable::content_length: return field(request, "Content-Length");
        case Variable::content_type: return field(request, "Content-Type");
        case Variable::host:
            return request.target.host.empty() ? std::string(request.server_name) : request.target.host;
        case Variable::hostname: return host_name();
        case Variable::is_args: return request.target.query.empty() ? "" : "?";
        case Variable::msec: return seconds_with_milliseconds();
        case Variable::pid: return std::to_string(getpid());
        case Variable::proxy_add_x_forwarded_for: return forwarded_for(request);
        case Variable::proxy_host: return std::string(request.proxy_host);
        case Variable::proxy_port: return proxy_port(request);
        case Variable::remote_addr: return request.client.remote_host;
        case Variable::remote_port: return std::to_string(request.client.remote_port);
        case Variable::request:
            return request.head.method + " " + request.head.target + " " + std::string(protocol(request));
        case Variable::request_method: return request.head.method;
        case Variable::request_uri: return request.target.origin;
        case Variable::scheme: return request.tls != nullptr ? "https" : "http";
        case Variable::server_addr: return request.client.local_host;
        case Variable::server_name: return std::string(request.server_name);
        case Variable::server_port: return std::to_string(request.client.local_port);
        case Variable::server_protocol: return std::string(protocol(request));
        case Variable::https: return request.tls != nullptr ? "on" : "";
        case Variable::ssl_cipher:
        case Variable::ssl_client_escaped_cert:
        case Variable::ssl_client_fingerprint:
        case Variable::ssl_client_i_dn:
        case Variable::ssl_client_s_dn:
        case Variable::ssl_client_serial:
        case Variable::ssl_client_verify:
        case Variable::ssl_protocol:
        case Variable::ssl_server_name:
        case Variable::ssl_session_reused: return tls_value(*part.variable, request.tls);
        case Variable::time_iso8601: return iso8601();
        case Variable::time_local: return time_text("%d/%b/%Y:%H:%M:%S %z");
        case Variable::uri: return request.target.path;
        case Variable::arg_: return argument(request.target.query, part.text);
        case Variable::cookie_: return cookie(request, part.text);
        case Variable::http_: return named_field(request, part.text);
        case Variable::upstream_cookie_: return upstream_cookie(request, part.text);
        case Variable::upstream_http_: return upstream_field(request, part.text);
    }
    return {};
}

}  // namespace

std::string cookie(const RequestView& request, std::string_view name) {
    for (const http::Field header : request.head.fields) {
        if (!http::equal_names(header.name, "Cookie")) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::string_view pair = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            if (auto value = value_of_pair(pair, name)) return *std::move(value);
        }
    }
    return {};
}

std::string host_of(std::string_view host_and_port) {
    if (host_and_port.starts_with('[')) return std::string(host_and_port.substr(1, host_and_port.find(']') - 1));
    return std::string(host_and_port.substr(0, host_and_port.find(':')));
}

std::string expand(const config::Template& text, const RequestView& request) {
    const auto expand_part = [&](const config::Template::Part& part) {
        return part.variable ? value(part, request) : part.text;
    };
    if (text.parts.size() == 1) return expand_part(text.parts.front());
    std::string expanded;
    for (const config::Template::Part& part : text.parts) expanded += expand_part(part);
    return expanded;
}

}  // namespace proxy::route
