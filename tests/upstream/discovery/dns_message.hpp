// DNS messages (RFC 1035) as a nameserver writes them, without compression.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace upstream_tests {

inline constexpr std::uint16_t dns_a = 1;
inline constexpr std::uint16_t dns_cname = 5;
inline constexpr std::uint16_t dns_aaaa = 28;
inline constexpr std::uint16_t dns_srv = 33;

enum class DnsCode : std::uint16_t { no_error = 0, server_failure = 2, no_such_name = 3, refused = 5 };

inline std::string two_bytes(std::size_t number) {
    return {static_cast<char>(number >> 8), static_cast<char>(number & 255)};
}

inline std::string dns_name(const std::string& name) {
    std::istringstream stream(name);
    std::string bytes;
    for (std::string label; std::getline(stream, label, '.');)
        bytes += static_cast<char>(label.size()) + label;
    return bytes + '\0';
}

inline std::string dns_record(const std::string& name, std::uint16_t type, unsigned ttl,
                              const std::string& data) {
    return dns_name(name) + two_bytes(type) + two_bytes(1) + two_bytes(ttl >> 16) + two_bytes(ttl & 65535) +
           two_bytes(data.size()) + data;
}

inline std::string srv_record(const std::string& name, unsigned ttl, std::uint16_t priority,
                              std::uint16_t weight, std::uint16_t port, const std::string& target) {
    return dns_record(name, dns_srv, ttl,
                      two_bytes(priority) + two_bytes(weight) + two_bytes(port) + dns_name(target));
}

/// An answer to the question for `name` and `type`.
inline std::string dns_message(std::uint16_t id, const std::string& name, std::uint16_t type, DnsCode code,
                               const std::vector<std::string>& records) {
    const std::size_t answered_with_recursion = 0x8180;
    std::string message = two_bytes(id) +
                          two_bytes(answered_with_recursion + static_cast<std::size_t>(code)) + two_bytes(1) +
                          two_bytes(records.size()) + two_bytes(0) + two_bytes(0) + dns_name(name) +
                          two_bytes(type) + two_bytes(1);
    for (const std::string& record : records) message += record;
    return message;
}

}  // namespace upstream_tests
