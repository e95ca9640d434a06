// How the endpoints of an upstream are chosen: one struct for each balancing directive, and the queue.
#pragma once

#include "config/variable.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

namespace config {

/// No directive: smooth weighted round robin.
struct RoundRobin {
    bool operator==(const RoundRobin&) const = default;
};

/// `least_conn`.
struct LeastConn {
    bool operator==(const LeastConn&) const = default;
};

/// Which time of an endpoint counts.
enum class ResponseTime {
    header,     ///< to the response head; of a WebSocket handshake to the 101
    last_byte,  ///< to the end of the response; of a WebSocket handshake to the 101
    peak_ewma,  ///< as header, but a longer time counts at once and is forgotten slowly
};

/// `least_time header | last_byte | peak_ewma`.
struct LeastTime {
    ResponseTime time = ResponseTime::header;
    bool operator==(const LeastTime&) const = default;
};

/// `random [two [least_conn | least_time=TIME]]`.
struct Random {
    enum class Choice { one, two_least_conn, two_least_time };
    Choice choice = Choice::one;
    ResponseTime time = ResponseTime::header;  ///< of two_least_time
    bool operator==(const Random&) const = default;
};

/// `ip_hash`.
struct IpHash {
    bool operator==(const IpHash&) const = default;
};

/// `hash KEY [consistent [bounded_load=FACTOR]]`.
struct Hash {
    Template key;
    bool consistent = false;
    unsigned bounded_load = 0;  ///< in hundredths of the fair share: 125; 0: unbounded
    bool operator==(const Hash&) const = default;
};

using Balance = std::variant<RoundRobin, LeastConn, LeastTime, Random, IpHash, Hash>;

/// The directive that names the method; "round robin" for none.
std::string_view method_name(const Balance& balance);

/// "header", "last_byte", "peak_ewma".
std::string_view to_string(ResponseTime time);

/// `queue LENGTH [timeout=TIME]`: requests wait for an endpoint that is at its max_conns.
struct Queue {
    unsigned length = 0;
    std::chrono::milliseconds timeout = std::chrono::seconds(60);
    bool operator==(const Queue&) const = default;
};

}  // namespace config
