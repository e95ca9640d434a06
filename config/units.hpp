// Durations, sizes, counts and addresses as they are written in a configuration, both ways.
#pragma once

#include "config/model.hpp"
#include "config/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace config {

template <class T>
using Result = boost::system::result<T, Problem>;

/// "10s", "500ms", "1h30m", "1h 30m"; a number alone is seconds. Units y M w d h m s ms in falling order, as
/// in nginx. At most a hundred years.
std::optional<Duration> parse_duration(std::string_view text);

/// "8192", "8k", "1m", "2g" (either case), in bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// A decimal number up to `max`.
std::optional<unsigned> parse_count(std::string_view text, unsigned max = 1'000'000'000);

/// What stands behind a host when no port does.
inline constexpr std::uint16_t default_http_port = 80;
inline constexpr std::uint16_t default_https_port = 443;

/// Whether it has the form of a host name: letters, digits, '-', '_' and dots between, at most 253.
bool is_host_name(std::string_view text);

/// An IP address in its canonical form, an IPv6 one with or without brackets.
Result<std::string> parse_ip_address(std::string_view text);

/// Whether it has a name that is to be looked up, rather than an IP address or a path.
bool has_name(const Address& address);

/// "HOST", "HOST:PORT", "[V6]", "[V6]:PORT", "unix:PATH". IPv6 addresses are brought into their one
/// canonical form. Ports are 1 to 65535; without one it is `default_port`.
Result<Address> parse_address(std::string_view text, std::uint16_t default_port = default_http_port);

/// The same for `listen`: also "PORT" and "*:PORT", which mean every IPv4 address.
Result<Address> parse_listen_address(std::string_view text);

/// Shortest form that parses to the same value: "75s", "1h", "500ms".
std::string duration_text(Duration duration);

/// Shortest form that parses to the same value: "8k", "1m", "100".
std::string size_text(std::uint64_t bytes);

}  // namespace config
