// The table itself. Every directive stands here once; adding one is a row, a setter and a golden case.
#include "config/directives.hpp"

#include "config/arguments.hpp"
#include "config/health_directives.hpp"
#include "config/setters.hpp"
#include "config/tls_directives.hpp"

#include <algorithm>

namespace config {
namespace {

using Repeat = Directive::Repeat;
using Effect = Directive::Effect;

constexpr auto main = Context::main;
constexpr auto events = Context::events;
constexpr auto http = Context::http;
constexpr auto upstream = Context::upstream;
constexpr auto server = Context::server;
constexpr auto location = Context::location;
constexpr auto any_level = http | server | location;

constexpr Arity none{0, 0};
constexpr Arity one{1, 1};
constexpr Arity two{2, 2};
constexpr Arity one_or_two{1, 2};
constexpr Arity up_to_two{0, 2};
constexpr Arity one_to_three{1, 3};
constexpr Arity one_or_more{1, any_number};
constexpr Arity two_or_more{2, any_number};

constexpr std::string_view streams = "Tidegate always streams and never collects a body or response.";

// clang-format off
std::vector<Directive> process_rows() {
    return {
        {.name = "worker_processes", .contexts = main, .arguments = "NUMBER | auto", .arity = one, .set = set_worker_processes,
         .documentation = "Worker threads, each with its own event loop; `auto`: one for each core."},
        {.name = "worker_rlimit_nofile", .contexts = main, .arguments = "NUMBER", .arity = one, .set = set_worker_rlimit_nofile,
         .documentation = "Open files the process may have."},
        {.name = "worker_shutdown_timeout", .contexts = main, .arguments = "TIME", .arity = one, .set = set_worker_shutdown_timeout,
         .documentation = "Longest time a graceful stop waits; 0: for ever."},
        {.name = "pid", .contexts = main, .arguments = "FILE", .arity = one, .set = set_pid,
         .documentation = "File that holds the process number while every listener listens."},
        {.name = "user", .contexts = main, .arguments = "NAME [GROUP]", .arity = one_or_two, .set = set_user,
         .documentation = "Who the process becomes after binding when it is started as root."},
        {.name = "daemon", .contexts = main, .arguments = "on | off", .arity = one, .set = set_daemon,
         .documentation = "Whether to leave the foreground. Off unless written, other than in nginx."},
        {.name = "error_log", .contexts = main | http, .arguments = "FILE | stderr [LEVEL]", .arity = one_or_two, .set = set_error_log,
         .documentation = "Where errors are written, and from which level on: debug, info, notice, warn, error, crit, alert, emerg. There is one error log; that of http counts before that of main.",
         .positional = {"path", "level"}},
        {.name = "include", .contexts = main | events | any_level | upstream, .arguments = "FILE | PATTERN", .arity = one, .set = refuse_include,
         .documentation = "Reads further files in place. nginx syntax: in any block, relative to the directory of the main file. TOML: at the top level, an array of patterns, relative to the directory of the file.",
         .repeat = Repeat::many, .toml = TomlForm::list},
        {.name = "events", .contexts = main, .arguments = "", .arity = none, .opens = events,
         .documentation = "Block with the settings of the event loops.", .toml = TomlForm::block},
        {.name = "worker_connections", .contexts = events, .arguments = "NUMBER", .arity = one, .set = set_worker_connections,
         .documentation = "Client connections one worker may have."},
        {.name = "use", .contexts = events, .arguments = "METHOD", .arity = one, .set = check_nothing,
         .documentation = "Tidegate always uses epoll.", .effect = Effect::none},
        {.name = "multi_accept", .contexts = events, .arguments = "on | off", .arity = one, .set = check_switch,
         .documentation = "Each worker has its own listening sockets and accepts all that wait.", .effect = Effect::none},
        {.name = "accept_mutex", .contexts = events, .arguments = "on | off", .arity = one, .set = check_switch,
         .documentation = "Each worker has its own listening sockets; there is nothing to lock.", .effect = Effect::none},
    };
}

std::vector<Directive> server_rows() {
    return {
        {.name = "http", .contexts = main, .arguments = "", .arity = none, .opens = http,
         .documentation = "Block around upstreams and servers. A file without it is read as if it stood around them; in TOML it can always be left out.", .toml = TomlForm::block},
        {.name = "upstream", .contexts = http, .arguments = "NAME", .arity = one, .opens = upstream,
         .documentation = "A pool of endpoints for proxy_pass.", .repeat = Repeat::many, .toml = TomlForm::named_block},
        {.name = "server", .contexts = upstream, .arguments = "ADDRESS [weight=NUMBER] [max_conns=NUMBER] [max_fails=NUMBER] [fail_timeout=TIME] [slow_start=TIME] [route=NAME] [backup] [down] [drain] [resolve] [service=NAME]",
         .arity = one_or_more, .set = set_upstream_server,
         .documentation = "One endpoint: HOST[:PORT], [IPV6][:PORT] or unix:PATH. After max_fails failures within fail_timeout it is left alone for as long, and over slow_start its weight grows back. max_conns bounds its requests and tunnels over all workers. `backup`: only while no other can be picked. `drain`: no requests but those that `sticky` binds to it. `resolve`: the name is looked up again whenever the TTL of its answer has passed, and what fails changes nothing; service=NAME follows the SRV records of _NAME._tcp.HOST, or of NAME.HOST where NAME has a dot.",
         .repeat = Repeat::many, .toml = TomlForm::list, .toml_name = "servers", .positional = {"address"}, .parameters = &endpoint_parameters()},
        {.name = "keepalive", .contexts = upstream, .arguments = "NUMBER [local]", .arity = one_or_two, .set = set_upstream_keepalive,
         .documentation = "Idle connections to the endpoints that each worker keeps for further requests; 0: none. `local`: a location uses only its own. `32 local` unless set. A connection is kept only where proxy_http_version is 1.1 and no header rule says Connection close.",
         .positional = {"connections"}, .parameters = &keepalive_parameters()},
        {.name = "keepalive_requests", .contexts = upstream, .arguments = "NUMBER", .arity = one, .set = set_upstream_keepalive_requests,
         .documentation = "Requests on one connection to an endpoint, after which it is closed."},
        {.name = "keepalive_time", .contexts = upstream, .arguments = "TIME", .arity = one, .set = set_upstream_keepalive_time,
         .documentation = "Age at which a connection to an endpoint is closed behind the response it carries."},
        {.name = "keepalive_timeout", .contexts = upstream, .arguments = "TIME", .arity = one, .set = set_upstream_keepalive_timeout,
         .documentation = "How long a connection to an endpoint is kept idle."},
        {.name = "server", .contexts = http, .arguments = "", .arity = none, .opens = server,
         .documentation = "A virtual server.", .repeat = Repeat::many, .toml = TomlForm::blocks},
        {.name = "listen", .contexts = server, .arguments = "PORT | ADDRESS[:PORT] | unix:PATH [default_server] [ssl] [backlog=NUMBER] [ipv6only=on|off] [reuseport]",
         .arity = one_or_more, .set = set_listen,
         .documentation = "Where the server listens; *:80 unless written. `ssl`: TLS is spoken there, by all servers on the address. `reuseport` changes nothing: every worker has its own socket.",
         .repeat = Repeat::many, .toml = TomlForm::list, .positional = {"address"}, .parameters = &listen_parameters()},
        {.name = "server_name", .contexts = server, .arguments = "NAME ...", .arity = one_or_more, .set = set_server_name,
         .documentation = "Names the server answers to: a name, *.NAME, .NAME (both), NAME.*", .repeat = Repeat::many},
        {.name = "location", .contexts = server, .arguments = "[= | ^~] PATH", .arity = one_or_two, .opens = location,
         .documentation = "Settings for the paths that begin with PATH (the longest wins), or with `=` for exactly PATH. TOML: path = \"PATH\", match = \"prefix\" or \"exact\".",
         .repeat = Repeat::many, .toml = TomlForm::blocks},
    };
}

std::vector<Directive> upstream_rows() {
    return {
        {.name = "least_conn", .contexts = upstream, .arguments = "", .arity = none, .set = set_least_conn,
         .documentation = "Picks the endpoint with the fewest requests and tunnels for its weight. A tunnel counts for as long as it lives, through every reload. TOML: true.",
         .toml = TomlForm::flag},
        {.name = "least_time", .contexts = upstream, .arguments = "header | last_byte | peak_ewma", .arity = one, .set = set_least_time,
         .documentation = "Picks by the average time to the response head, or to its end, times the requests and tunnels, for the weight. peak_ewma (Tidegate's own): as header, but a longer time counts at once and is forgotten slowly. Of a WebSocket handshake it is always the time to the 101."},
        {.name = "random", .contexts = upstream, .arguments = "[two [least_conn | least_time=header | least_time=last_byte | least_time=peak_ewma]]", .arity = up_to_two, .set = set_random,
         .documentation = "Picks by chance and weight; with `two`, the better of two. TOML: true, or an array of the arguments.",
         .toml = TomlForm::flag},
        {.name = "ip_hash", .contexts = upstream, .arguments = "", .arity = none, .set = set_ip_hash,
         .documentation = "Sends clients of one IPv4 /24 network, or of one IPv6 address, to the same endpoint. TOML: true.",
         .toml = TomlForm::flag},
        {.name = "hash", .contexts = upstream, .arguments = "KEY [consistent] [bounded_load=FACTOR]", .arity = one_to_three, .set = set_hash,
         .documentation = "Sends requests with the same key to the same endpoint; `consistent`: over nginx's ketama ring. bounded_load (Tidegate's own): a key moves on while its endpoint holds more than FACTOR times its fair share.",
         .positional = {"key"}, .parameters = &hash_parameters()},
        {.name = "queue", .contexts = upstream, .arguments = "NUMBER [timeout=TIME]", .arity = one_or_two, .set = set_queue,
         .documentation = "Requests that may wait, over all workers, for endpoints that are at their max_conns, and how long (60s unless written). Beyond that it is a 502.",
         .positional = {"length"}, .parameters = &queue_parameters()},
        {.name = "sticky", .contexts = upstream, .arguments = "cookie NAME [expires=TIME|max] [domain=DOMAIN] [httponly] [secure] [samesite=strict|lax|none|$VARIABLE] [path=PATH] [secret=TEXT] | route $VARIABLE ... | learn create=$VARIABLE lookup=$VARIABLE zone=NAME:SIZE [timeout=TIME] [header]",
         .arity = two_or_more, .set = set_sticky,
         .documentation = "Sends a client's requests to the endpoint that has served it, while that may be picked or drains. `cookie`: by a cookie that Tidegate sets. `route`: by the first variable with the route of a server. `learn`: by a session that a response begins; SIZE has 8 sessions in each KiB, and the oldest go first. secret (Tidegate's own): proxies with the same make the same cookies; without it those of before a restart are not known. TOML: { cookie = \"NAME\", ... }, { route = [...] } or { learn = true, ... }.",
         .parameters = &sticky_parameters()},
        {.name = "resolver", .contexts = any_level | upstream, .arguments = "ADDRESS ... [valid=TIME] [ipv4=on|off] [ipv6=on|off]", .arity = one_or_more, .set = set_resolver,
         .documentation = "Nameservers that the names of servers marked `resolve` are asked from; those of the system unless set. `valid` takes the place of the TTL of answers. Only upstream blocks have names to look up: in a server or location it is checked and has no effect.",
         .positional = {"addresses"}, .parameters = &resolver_parameters()},
        {.name = "resolver_timeout", .contexts = any_level | upstream, .arguments = "TIME", .arity = one, .set = set_resolver_timeout,
         .documentation = "Longest time one look-up may take; 30s unless set."},
        {.name = "endpoints_file", .contexts = upstream, .arguments = "FILE", .arity = one, .set = set_endpoints_file,
         .documentation = "Tidegate's own. A file of further endpoints, each on a line of its own and written as behind `server`; # begins a comment. It is read again whenever it changes, and one with errors changes nothing. Relative to the directory of the main file."},
        {.name = "admit", .contexts = upstream, .arguments = "RATE [burst=NUMBER]", .arity = one_or_two, .set = set_admit,
         .documentation = "Tidegate's own. Requests and handshakes that are let in to the pool, over all workers: 100r/s, 30r/m. `burst` of them may come at once after a quiet time; a tenth of a second's unless written. One that goes on to another endpoint is not counted again.",
         .positional = {"rate"}, .parameters = &admit_parameters()},
        {.name = "max_handshakes", .contexts = upstream, .arguments = "NUMBER", .arity = one, .set = set_max_handshakes,
         .documentation = "Tidegate's own. Upgrades that may be in progress at a time, over all workers: let in to the pool, and neither switched nor refused yet; 0: no limit."},
        {.name = "admit_queue", .contexts = upstream, .arguments = "NUMBER [timeout=TIME]", .arity = one_or_two, .set = set_admit_queue,
         .documentation = "Tidegate's own. Requests that may wait, over all workers, for admit, and as many handshakes beside them for max_handshakes, and how long (5s unless written). Beyond that, and without it, it is a 503 with Retry-After.",
         .positional = {"length"}, .parameters = &queue_parameters()},
        {.name = "zone", .contexts = upstream, .arguments = "NAME [SIZE]", .arity = one_or_two, .set = check_zone,
         .documentation = "All workers share their counts anyway.", .effect = Effect::none},
    };
}

std::vector<Directive> client_rows() {
    return {
        {.name = "access_log", .contexts = any_level, .arguments = "FILE [combined] | off", .arity = one_or_more, .set = set_access_log,
         .documentation = "Where requests are logged in the combined format; may be repeated. TOML: a path, an array of paths, or false.",
         .repeat = Repeat::many, .toml = TomlForm::list, .positional = {"path"}},
        {.name = "client_max_body_size", .contexts = any_level, .arguments = "SIZE", .arity = one, .set = set_client_max_body_size,
         .documentation = "Largest request body, otherwise 413; 0: no limit."},
        {.name = "client_header_timeout", .contexts = http | server, .arguments = "TIME", .arity = one, .set = set_client_header_timeout,
         .documentation = "Longest time a client may take for a request head, otherwise 408."},
        {.name = "client_body_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_client_body_timeout,
         .documentation = "Longest time between two reads of a request body, otherwise 408."},
        {.name = "client_header_buffer_size", .contexts = http | server, .arguments = "SIZE", .arity = one, .set = check_size,
         .documentation = "The buffers of a request head are those of large_client_header_buffers.", .effect = Effect::none},
        {.name = "large_client_header_buffers", .contexts = http | server, .arguments = "NUMBER SIZE", .arity = two, .set = set_large_client_header_buffers,
         .documentation = "Bounds of a request head: NUMBER times SIZE in all, and no line longer than SIZE (414, 431)."},
        {.name = "max_headers", .contexts = http | server, .arguments = "NUMBER", .arity = one, .set = set_max_headers,
         .documentation = "Most header lines in a request, otherwise 431."},
        {.name = "underscores_in_headers", .contexts = http | server, .arguments = "on | off", .arity = one, .set = set_underscores_in_headers,
         .documentation = "Whether request headers with an underscore in their name pass. Off, they are dropped: many backends cannot tell X_Forwarded_For from X-Forwarded-For."},
        {.name = "keepalive_timeout", .contexts = any_level, .arguments = "TIME [TIME]", .arity = one_or_two, .set = set_keepalive_timeout,
         .documentation = "Longest time a connection waits for its next request; 0: closed after each. The second value has no effect."},
        {.name = "keepalive_requests", .contexts = any_level, .arguments = "NUMBER", .arity = one, .set = set_keepalive_requests,
         .documentation = "Most requests on one client connection."},
        {.name = "send_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_send_timeout,
         .documentation = "Longest time between two writes to a client."},
        {.name = "server_tokens", .contexts = any_level, .arguments = "on | off", .arity = one, .set = set_server_tokens,
         .documentation = "Whether error pages and the Server header name the version."},
        {.name = "metrics", .contexts = location, .arguments = "", .arity = none, .set = set_metrics,
         .documentation = "Tidegate's own. The location answers with numbers in the text format of Prometheus: leases and eligibility of each endpoint, local ports held towards it. Whoever can reach the location can read them, so give it a listener of its own. TOML: true.",
         .toml = TomlForm::flag},
        {.name = "sendfile", .contexts = any_level, .arguments = "on | off", .arity = one, .set = check_switch,
         .documentation = "Tidegate sends no files.", .effect = Effect::none},
        {.name = "tcp_nopush", .contexts = any_level, .arguments = "on | off", .arity = one, .set = check_switch,
         .documentation = "Tidegate sends no files.", .effect = Effect::none},
        {.name = "tcp_nodelay", .contexts = any_level, .arguments = "on | off", .arity = one, .set = check_switch,
         .documentation = "Small packets are never held back.", .effect = Effect::none},
        {.name = "types_hash_max_size", .contexts = any_level, .arguments = "NUMBER", .arity = one, .set = check_size,
         .documentation = "There are no tables to size.", .effect = Effect::none},
        {.name = "server_names_hash_bucket_size", .contexts = http, .arguments = "NUMBER", .arity = one, .set = check_size,
         .documentation = "There are no tables to size.", .effect = Effect::none},
        {.name = "default_type", .contexts = any_level, .arguments = "TYPE", .arity = one, .set = check_nothing,
         .documentation = "Tidegate sends no files.", .effect = Effect::none},
    };
}

std::vector<Directive> proxy_rows() {
    return {
        {.name = "proxy_pass", .contexts = location, .arguments = "http[s]://UPSTREAM[URI]", .arity = one, .set = set_proxy_pass,
         .documentation = "Forwards requests to an upstream block, HOST[:PORT] or unix:PATH:, over TLS with https. A URI replaces the part of the path that the location matched."},
        {.name = "proxy_http_version", .contexts = any_level, .arguments = "1.0 | 1.1", .arity = one, .set = set_proxy_http_version,
         .documentation = "HTTP version spoken to the upstream."},
        {.name = "proxy_set_header", .contexts = any_level, .arguments = "NAME VALUE", .arity = two, .set = set_proxy_set_header,
         .documentation = "Sets a header of the upstream's request; an empty value removes it. A level with such rules inherits none. Host unless set: $proxy_host in nginx syntax, $http_host in TOML. Connection unless set: close where the connection cannot be kept, otherwise none.",
         .repeat = Repeat::many, .toml = TomlForm::pairs},
        {.name = "proxy_connect_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_proxy_connect_timeout,
         .documentation = "Longest time a TCP connection to an endpoint may take to come about."},
        {.name = "proxy_ssl_handshake_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_proxy_ssl_handshake_timeout,
         .documentation = "Tidegate's own. Longest time a TLS handshake with an endpoint may take; proxy_connect_timeout unless set."},
        {.name = "proxy_handshake_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_proxy_handshake_timeout,
         .documentation = "Tidegate's own. Longest time an upstream may take to answer an upgrade once it has been sent, otherwise 504; proxy_read_timeout unless set."},
        {.name = "proxy_protocol", .contexts = any_level, .arguments = "on | off | v1 | v2", .arity = one, .set = set_proxy_protocol,
         .documentation = "Tidegate's own in http. Tells the upstream the client's address in a PROXY protocol header before anything else; on: v1. Such a connection serves one request."},
        {.name = "proxy_bind", .contexts = any_level, .arguments = "ADDRESS ... | off", .arity = one_or_more, .set = set_proxy_bind,
         .documentation = "Source addresses of connections to endpoints, taken in turn (nginx takes one). Each has its own ports: about 28,000 connections to one endpoint unless net.ipv4.ip_local_port_range says more."},
        {.name = "proxy_next_upstream", .contexts = any_level, .arguments = "error | timeout | invalid_header | http_500 | http_502 | http_503 | http_504 | http_403 | http_404 | http_429 | non_idempotent | off ...", .arity = one_or_more, .set = set_proxy_next_upstream,
         .documentation = "When a request goes on to another endpoint; `error timeout` unless set. Never once a byte of the response has gone to the client or of the request body has come from it; and where the request had been sent, only if its method is idempotent or non_idempotent is given. A WebSocket handshake is idempotent until its 101."},
        {.name = "proxy_next_upstream_tries", .contexts = any_level, .arguments = "NUMBER", .arity = one, .set = set_proxy_next_upstream_tries,
         .documentation = "Most endpoints that one request is given to, the first included; 0: all."},
        {.name = "proxy_next_upstream_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_proxy_next_upstream_timeout,
         .documentation = "Time after which a request goes to no further endpoint; 0: none."},
        {.name = "proxy_send_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_proxy_send_timeout,
         .documentation = "Longest time between two writes to an upstream."},
        {.name = "proxy_read_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_proxy_read_timeout,
         .documentation = "Longest time between two reads from an upstream, otherwise 504."},
        {.name = "proxy_websocket", .contexts = any_level, .arguments = "on | off", .arity = one, .set = set_proxy_websocket,
         .documentation = "Tidegate's own. Whether WebSocket handshakes are judged and forwarded without header rules for Upgrade and Connection. nginx syntax: off unless set; TOML: on."},
        {.name = "proxy_forwarded", .contexts = any_level, .arguments = "on | off", .arity = one, .set = set_proxy_forwarded,
         .documentation = "Tidegate's own. Whether X-Forwarded-For, -Proto, -Host and X-Real-IP are added. nginx syntax: off unless set; TOML: on."},
        {.name = "tunnel_idle_timeout", .contexts = any_level, .arguments = "TIME", .arity = one, .set = set_tunnel_idle_timeout,
         .documentation = "Tidegate's own. A tunnel ends when neither side has sent a byte for so long. nginx syntax: proxy_read_timeout unless set; TOML: 1h."},
        {.name = "proxy_buffering", .contexts = any_level, .arguments = "on | off", .arity = one, .set = check_switch,
         .documentation = streams, .effect = Effect::none},
        {.name = "proxy_request_buffering", .contexts = any_level, .arguments = "on | off", .arity = one, .set = check_switch,
         .documentation = streams, .effect = Effect::none},
        {.name = "proxy_buffer_size", .contexts = any_level, .arguments = "SIZE", .arity = one, .set = check_size,
         .documentation = streams, .effect = Effect::none},
        {.name = "proxy_buffers", .contexts = any_level, .arguments = "NUMBER SIZE", .arity = two, .set = check_count_and_size,
         .documentation = streams, .effect = Effect::none},
        {.name = "proxy_busy_buffers_size", .contexts = any_level, .arguments = "SIZE", .arity = one, .set = check_size,
         .documentation = streams, .effect = Effect::none},
        {.name = "proxy_cache_bypass", .contexts = any_level, .arguments = "VALUE ...", .arity = one_or_more, .set = check_nothing,
         .documentation = "There is no cache to go past.", .effect = Effect::none},
        {.name = "proxy_redirect", .contexts = any_level, .arguments = "off | default", .arity = one, .set = check_proxy_redirect,
         .documentation = "Redirects of an upstream pass unchanged.", .effect = Effect::none},
    };
}
// clang-format on

std::vector<Directive> all_rows() {
    std::vector<Directive> rows = process_rows();
    for (auto* more : {&server_rows, &upstream_rows, &health_rows, &client_rows, &tls_rows, &proxy_rows, &proxy_tls_rows}) {
        for (auto& row : more()) rows.push_back(std::move(row));
    }
    return rows;
}

constexpr Context all_contexts[] = {main, events, http, Context::match, upstream, server, location};

std::string context_list(Contexts contexts) {
    std::string list;
    for (const auto context : all_contexts) {
        if (!contexts.overlaps(context)) continue;
        if (!list.empty()) list += ", ";
        list += to_string(context);
    }
    return list;
}

}  // namespace

std::string_view to_string(Context context) {
    switch (context) {
        case Context::main: return "main";
        case Context::events: return "events";
        case Context::http: return "http";
        case Context::match: return "match";
        case Context::upstream: return "upstream";
        case Context::server: return "server";
        case Context::location: return "location";
    }
    return {};
}

const std::vector<Directive>& directives() {
    static const std::vector<Directive> rows = all_rows();
    return rows;
}

const Directive* find_directive(std::string_view name, Contexts contexts, Syntax syntax) {
    for (const auto& row : directives()) {
        if (row.name_in(syntax) == name && row.contexts.overlaps(contexts)) return &row;
    }
    return nullptr;
}

std::vector<std::string_view> directive_names(Contexts contexts, Syntax syntax) {
    std::vector<std::string_view> names;
    for (const auto& row : directives()) {
        if (row.contexts.overlaps(contexts)) names.push_back(row.name_in(syntax));
    }
    return names;
}

std::string allowed_contexts(std::string_view name, Syntax syntax) {
    Contexts contexts;
    for (const auto& row : directives()) {
        if (row.name_in(syntax) == name) contexts = contexts | row.contexts;
    }
    return context_list(contexts);
}

std::string directive_reference() {
    std::string out = "| Directive | Arguments | Contexts | Description |\n|---|---|---|---|\n";
    for (const auto& row : directives()) {
        std::string arguments;
        for (const char c : row.arguments) arguments += c == '|' ? "\\|" : std::string(1, c);
        std::string name = '`' + std::string(row.name) + '`';
        if (!row.toml_name.empty()) name += " (TOML `" + std::string(row.toml_name) + "`)";
        out += "| " + name + " | " + arguments + " | " + context_list(row.contexts) + " | ";
        if (row.effect == Effect::none) out += "Accepted, no effect. ";
        out += std::string(row.documentation) + " |\n";
    }
    return out;
}

}  // namespace config
