// Parses and prints listener and upstream addresses.
#include "config/units.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <sys/un.h>

namespace config {
namespace {

constexpr std::string_view unix_prefix = "unix:";

Result<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_count(text, 65535);
    if (!port || *port == 0) {
        return Problem{"invalid port \"" + std::string(text) + "\"", "a port is a number from 1 to 65535"};
    }
    return static_cast<std::uint16_t>(*port);
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A name of digits and dots only is meant as an IPv4 address, so it has to be one.
bool is_host(const std::string& host) {
    if (!is_host_name(host)) return false;
    if (host.find_first_not_of("0123456789.") != std::string::npos) return true;
    in_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

Result<Address> parse_unix(std::string_view path) {
    if (path.empty()) return Problem{"no path behind \"unix:\"", "write unix:/path/of/the/socket"};
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return Problem{"the path of a unix socket is too long",
                       "at most " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes"};
    }
    return Address{UnixAddress{std::string(path)}};
}

Result<std::string> parse_ipv6(std::string_view text) {
    in6_addr address{};
    if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) {
        return Problem{"invalid IPv6 address \"" + std::string(text) + "\"", ""};
    }
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    inet_ntop(AF_INET6, &address, canonical.data(), canonical.size());
    return std::string(canonical.data());
}

Result<Address> parse_tcp(std::string_view text, std::uint16_t default_port) {
    std::string host;
    std::string_view behind;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) {
            return Problem{"no \"]\" in the address \"" + std::string(text) + "\"", "write [::1]:80"};
        }
        auto ipv6 = parse_ipv6(text.substr(1, close - 1));
        if (!ipv6) return ipv6.error();
        host = *ipv6;
        behind = text.substr(close + 1);
    } else {
        const auto colon = text.find(':');
        host = text.substr(0, colon);
        if (colon != std::string_view::npos) behind = text.substr(colon);
        if (behind.find(':', 1) != std::string_view::npos) {
            return Problem{"invalid address \"" + std::string(text) + "\"",
                           "an IPv6 address stands in brackets: [::1]:80"};
        }
        if (!is_host(host)) return Problem{"invalid host in \"" + std::string(text) + "\"", ""};
    }
    if (behind.empty()) return Address{TcpAddress{std::move(host), default_port}};
    if (!behind.starts_with(':')) return Problem{"invalid address \"" + std::string(text) + "\"", ""};
    const auto port = parse_port(behind.substr(1));
    if (!port) return port.error();
    return Address{TcpAddress{std::move(host), *port}};
}

}  // namespace

bool is_host_name(std::string_view text) {
    constexpr std::size_t longest = 253;  // RFC 1035, section 2.3.4
    if (text.empty() || text.size() > longest || text.front() == '.' || text.front() == '-') return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
    });
}

Result<std::string> parse_ip_address(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
    if (text.find(':') != std::string_view::npos) return parse_ipv6(text);
    in_addr address{};
    const std::string host(text);
    if (inet_pton(AF_INET, host.c_str(), &address) != 1) {
        return Problem{"invalid IP address \"" + host + "\"", "write 192.0.2.1 or 2001:db8::1"};
    }
    return host;
}

bool has_name(const Address& address) {
    const auto* tcp = std::get_if<TcpAddress>(&address);
    return tcp != nullptr && !parse_ip_address(tcp->host);
}

Result<Address> parse_address(std::string_view text, std::uint16_t default_port) {
    if (text.starts_with(unix_prefix)) return parse_unix(text.substr(unix_prefix.size()));
    return parse_tcp(text, default_port);
}

Result<Address> parse_listen_address(std::string_view text) {
    if (text == "*") return Address{TcpAddress{"", default_http_port}};
    if (is_number(text) || text.starts_with("*:")) {
        const auto port = parse_port(text.starts_with('*') ? text.substr(2) : text);
        if (!port) return port.error();
        return Address{TcpAddress{"", *port}};
    }
    auto address = parse_address(text);
    // 0.0.0.0 and * are the same listener and have to compare equal.
    if (address) {
        if (auto* tcp = std::get_if<TcpAddress>(&*address); tcp && tcp->host == "0.0.0.0") tcp->host.clear();
    }
    return address;
}

std::string to_string(const Address& address) {
    if (const auto* local = std::get_if<UnixAddress>(&address)) {
        return std::string(unix_prefix) + local->path;
    }
    const auto& tcp = std::get<TcpAddress>(address);
    const std::string port = ':' + std::to_string(tcp.port);
    if (tcp.host.empty()) return '*' + port;
    if (tcp.host.find(':') != std::string::npos) return '[' + tcp.host + ']' + port;
    return tcp.host + port;
}

}  // namespace config
