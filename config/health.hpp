// How the health of endpoints is found out, and what becomes of their tunnels: health_check, match and their kin.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace config {

/// One status or a range of them, both ends included.
struct StatusRange {
    unsigned first = 200;
    unsigned last = 200;
    bool operator==(const StatusRange&) const = default;
};

/// `status [!] CODE[-CODE] ...`.
struct StatusTest {
    enum class Sense { one_of, none_of };
    Sense sense = Sense::one_of;
    std::vector<StatusRange> ranges;
    bool operator==(const StatusTest&) const = default;
};

/// `header [!] NAME` and `header NAME OPERATOR VALUE`.
struct HeaderTest {
    enum class Operation { present, absent, equal, unequal, matches, matches_not };
    Operation operation = Operation::present;
    std::string name;
    std::string value;  ///< a regular expression for the last two
    bool operator==(const HeaderTest&) const = default;
};

/// `body ~ REGEX`, `body !~ REGEX`.
struct BodyTest {
    enum class Operation { matches, matches_not };
    Operation operation = Operation::matches;
    std::string pattern;
    bool operator==(const BodyTest&) const = default;
};

/// A `match` block: what a response must be for a health check to pass. Every test in it has to hold.
struct Match {
    std::string name;
    std::optional<StatusTest> status;
    std::vector<HeaderTest> headers;
    std::optional<BodyTest> body;
    bool operator==(const Match&) const = default;
};

/// `health_check` of a location or an upstream.
struct HealthCheck {
    enum class Kind { http, tcp, websocket };
    /// What an endpoint counts as until its first verdict: healthy, or, with `mandatory`, not to be picked.
    enum class Start { healthy, awaited };
    /// Whether TLS is spoken, with the proxy_ssl_ settings of the location: where requests do so, always, or never.
    enum class Tls { as_location, always, never };
    /// What is asked over a WebSocket where neither a text nor a pattern is given.
    enum class Ping { sent, none };

    Kind kind = Kind::http;
    std::chrono::milliseconds interval = std::chrono::seconds(5);
    std::chrono::milliseconds jitter{0};  ///< each probe is put off by a random time up to this
    std::chrono::milliseconds timeout = std::chrono::seconds(5);  ///< of a whole probe
    unsigned fails = 1;   ///< probes in a row that must fail until the endpoint counts as unhealthy
    unsigned passes = 1;  ///< probes in a row that must pass until it counts as healthy again
    std::string uri = "/";
    std::string host;                   ///< Host; empty: what $proxy_host is
    std::string match;                  ///< name of an entry of Model::matches; empty: status 2xx or 3xx
    std::optional<std::uint16_t> port;  ///< absent: that of the endpoint
    Start start = Start::healthy;
    Tls tls = Tls::as_location;
    Ping ping = Ping::sent;
    std::string send;    ///< websocket: a text message; empty: none
    std::string expect;  ///< websocket: what a message from the endpoint has to match; empty: anything
    bool operator==(const HealthCheck&) const = default;
};

/// `endpoint_down_tunnels`: what becomes of the tunnels of an endpoint that goes down or leaves the pool.
struct DownTunnels {
    enum class Fate { keep, close };
    Fate fate = Fate::keep;
    std::chrono::milliseconds over{0};  ///< they are closed evenly over this time; 0: at once
    bool operator==(const DownTunnels&) const = default;
};

/// What an upstream says about the health of its endpoints beyond max_fails and fail_timeout.
struct Health {
    std::vector<HealthCheck> checks;
    unsigned max_ejected = 100;  ///< per cent of the endpoints that may be taken out for their health
    std::chrono::milliseconds tunnel_fail_time{0};  ///< a tunnel reset by its endpoint so early is a failure; 0: none
    DownTunnels down_tunnels;
    bool operator==(const Health&) const = default;
};

}  // namespace config
