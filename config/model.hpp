// The validated configuration: plain structs that the other rooms read and never change. Every default of
// a directive is written here and nowhere else; what differs between the two syntaxes is in syntax_defaults.
#pragma once

#include "config/admission.hpp"
#include "config/balance.hpp"
#include "config/health.hpp"
#include "config/next_upstream.hpp"
#include "config/sticky.hpp"
#include "config/tls_model.hpp"
#include "config/variable.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace config {

using namespace std::chrono_literals;
using Duration = std::chrono::milliseconds;

/// An IP address or host name with a port. As a listener, an empty host means every IPv4 address.
struct TcpAddress {
    std::string host;  ///< "127.0.0.1", "::1" (no brackets) or a name
    std::uint16_t port = 80;
    bool operator==(const TcpAddress&) const = default;
};

struct UnixAddress {
    std::string path;
    bool operator==(const UnixAddress&) const = default;
};

using Address = std::variant<TcpAddress, UnixAddress>;

/// "127.0.0.1:80", "[::1]:80", "*:80" for an empty host, "unix:/path".
std::string to_string(const Address& address);

enum class LogLevel { debug, info, notice, warn, error, crit, alert, emerg };

/// `error_log`: a file, or "stderr".
struct ErrorLog {
    std::string path = "stderr";
    LogLevel level = LogLevel::error;
    bool operator==(const ErrorLog&) const = default;
};

/// `access_log`: a file in nginx's combined format; an empty path is `off`.
struct AccessLog {
    std::string path = "/dev/stdout";
    bool operator==(const AccessLog&) const = default;
};

/// One `server` line of an upstream block.
struct Endpoint {
    Address address;
    std::string name;  ///< the address as written: what a consistent hash is made of; absolute for a unix path
    unsigned weight = 1;
    unsigned max_conns = 0;       ///< requests and tunnels at the same time, over all workers; 0: unlimited
    unsigned max_fails = 1;       ///< failures within fail_timeout that make it unavailable; 0: never
    Duration fail_timeout = 10s;  ///< the window of max_fails, and how long it stays unavailable
    Duration slow_start = 0s;     ///< after an outage its weight grows to the full one over this time
    bool backup = false;          ///< only while no other endpoint can be picked
    bool down = false;
    bool drain = false;           ///< no new requests, except those bound to it
    std::string route{};          ///< what `sticky route` looks for
    bool resolve = false;         ///< the name is looked up again whenever its answer has aged
    std::string service;          ///< its SRV records are followed instead of its addresses; empty: none
    bool operator==(const Endpoint&) const = default;
};

/// Whether locations share the idle connections of an upstream: `local` of `keepalive`.
enum class KeepAliveScope { location, upstream };

/// `keepalive`, `keepalive_requests`, `keepalive_time` and `keepalive_timeout` of an upstream block.
struct KeepAlive {
    unsigned connections = 32;  ///< that one worker keeps idle; 0: none
    KeepAliveScope scope = KeepAliveScope::location;
    unsigned requests = 1000;  ///< that one connection serves
    Duration time = 1h;        ///< a connection older than this is not kept again
    Duration timeout = 60s;    ///< how long one stays idle
    bool operator==(const KeepAlive&) const = default;
};

/// `resolver` and `resolver_timeout`: whom names marked `resolve` are asked from.
struct Resolver {
    std::vector<TcpAddress> nameservers;  ///< empty: the system's (/etc/resolv.conf)
    std::optional<Duration> valid;        ///< how long an answer is good; absent: its TTL
    bool ipv4 = true;
    bool ipv6 = true;
    Duration timeout = 30s;  ///< of one look-up, with all its tries
    bool operator==(const Resolver&) const = default;
};

/// An `upstream` block, or the pool made for a `proxy_pass` that names an address directly.
struct Upstream {
    std::string name;
    std::vector<Endpoint> endpoints;
    Balance balance{};
    std::optional<Queue> queue{};
    Sticky sticky{};
    Admission admission{};
    KeepAlive keepalive{};
    Resolver resolver{};           ///< as unset where nothing is followed
    std::string endpoints_file{};  ///< further endpoints, read again whenever it changes; empty: none
    Health health{};
    bool operator==(const Upstream&) const = default;
};

/// `proxy_set_header NAME VALUE`: an empty value drops the client's header.
struct HeaderRule {
    std::string name;
    Template value;
    bool operator==(const HeaderRule&) const = default;
};

/// `proxy_pass http://UPSTREAM[URI]`.
struct ProxyPass {
    std::string upstream;            ///< name of an entry of Model::upstreams
    std::string host;                ///< what $proxy_host gives: "tornadoes", "127.0.0.1:7000"
    std::optional<std::string> uri;  ///< replaces the part of the path that the location matched
    bool tls = false;                ///< https
    bool operator==(const ProxyPass&) const = default;
};

enum class HttpVersion { http_1_0, http_1_1 };

/// `proxy_protocol`: the header that tells an upstream who the client is; `on` is v1, as in nginx's stream module.
enum class ProxyProtocol { off, v1, v2 };

/// `proxy_websocket`: whether an upgrade to WebSocket needs header rules to be forwarded.
enum class WebSocketMode {
    native,        ///< `on`: a valid handshake is judged and forwarded; an invalid one is refused
    header_rules,  ///< `off`: Upgrade and Connection travel only where proxy_set_header says so (nginx)
};

/// Everything that can be set in a location, inherited values filled in.
struct LocationSettings {
    std::optional<ProxyPass> proxy_pass;
    std::vector<HealthCheck> health_checks;  ///< of the endpoints that proxy_pass leads to
    HttpVersion proxy_http_version = HttpVersion::http_1_1;
    std::vector<HeaderRule> proxy_set_header;  ///< with the defaults of the syntax filled in
    WebSocketMode proxy_websocket = WebSocketMode::header_rules;
    UpstreamTls proxy_ssl;         ///< where proxy_pass is https, otherwise untouched
    ProxyProtocol proxy_protocol = ProxyProtocol::off;
    std::vector<std::string> proxy_bind;  ///< source addresses, taken in turn; empty: the kernel's choice
    bool proxy_forwarded = false;  ///< add X-Forwarded-For/-Proto/-Host and X-Real-IP
    NextUpstream proxy_next_upstream;
    Duration proxy_connect_timeout = 60s;
    Duration proxy_ssl_handshake_timeout = 60s;         ///< unless set: proxy_connect_timeout
    Duration proxy_handshake_timeout = 60s;             ///< until a 101 has come; unless set: proxy_read_timeout
    Duration proxy_send_timeout = 60s;                  ///< between two writes to the upstream
    Duration proxy_read_timeout = 60s;                  ///< between two reads from the upstream
    Duration tunnel_idle_timeout = 1h;                  ///< neither side of a tunnel sent a byte for so long
    std::uint64_t client_max_body_size = 1024 * 1024;   ///< bytes; 0: unlimited
    Duration client_body_timeout = 60s;                 ///< between two reads of a request body
    Duration send_timeout = 60s;                        ///< between two writes to the client
    Duration keepalive_timeout = 75s;                   ///< idle between requests; 0: close after each
    unsigned keepalive_requests = 1000;                 ///< requests on one client connection
    std::vector<AccessLog> access_log = {AccessLog{}};  ///< empty: off
    bool server_tokens = true;  ///< name the version in error pages and the Server header
    bool metrics = false;       ///< answer with numbers for Prometheus; never together with proxy_pass
    bool operator==(const LocationSettings&) const = default;
};

enum class LocationMatch { prefix, exact };

struct Location {
    LocationMatch match = LocationMatch::prefix;
    std::string path = "/";
    LocationSettings settings;
    bool operator==(const Location&) const = default;
};

/// `listen ADDRESS [default_server] [backlog=N] [ipv6only=on|off]`.
struct Listen {
    Address address = TcpAddress{};
    bool tls = false;  ///< `ssl`
    bool default_server = false;
    int backlog = 511;
    bool ipv6_only = true;
    bool operator==(const Listen&) const = default;
};

/// One name of `server_name`: exact, "*.example.com" (or ".example.com"), "www.example.*". Lower case.
struct ServerName {
    enum class Kind { exact, leading_wildcard, trailing_wildcard, suffix };
    Kind kind = Kind::exact;
    std::string name;  ///< as written in the configuration, lower case: "*.example.com"
    bool operator==(const ServerName&) const = default;
};

/// What bounds the reading of a request head, before a location is known.
struct RequestLimits {
    Duration client_header_timeout = 60s;   ///< for the whole head
    unsigned header_buffers = 4;            ///< `large_client_header_buffers`: count,
    std::size_t header_buffer_size = 8192;  ///< and bytes of each; no line may be longer than one
    unsigned max_headers = 1000;
    bool underscores_in_headers = false;  ///< otherwise such fields are dropped: a backend may take _ for -
    bool operator==(const RequestLimits&) const = default;
};

/// A virtual server.
struct Server {
    std::vector<Listen> listen;
    std::vector<ServerName> names;
    RequestLimits limits;
    ServerTls tls;
    LocationSettings settings;  ///< in force where no location matches
    std::vector<Location> locations;
    bool operator==(const Server&) const = default;
};

/// `user NAME [GROUP]`.
struct User {
    std::string name = "nobody";
    std::string group;  ///< empty: the user's own group
    bool operator==(const User&) const = default;
};

struct Model {
    unsigned worker_processes = 1;          ///< worker threads; 0: one for each core (`auto`)
    unsigned worker_connections = 0;        ///< client connections of one worker; 0: the descriptor limit
    unsigned worker_rlimit_nofile = 0;      ///< 0: as inherited
    Duration worker_shutdown_timeout = 0s;  ///< bound of a graceful stop; 0: none
    User user;                              ///< who the process becomes when started as root
    std::optional<std::string> pid;         ///< absent: /run/tidegate.pid as root, otherwise no file
    bool daemon = false;
    ErrorLog error_log;
    std::vector<Match> matches;
    std::vector<Upstream> upstreams;
    std::vector<Server> servers;
    bool operator==(const Model&) const = default;
};

}  // namespace config
