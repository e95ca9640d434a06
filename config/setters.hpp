// The functions behind the rows of the directive table; each applies one directive to the block around it.
#pragma once

#include "config/directive.hpp"

namespace config {

// set_process.cpp: main and events
void set_worker_processes(const Node& node, Scope& scope);
void set_worker_connections(const Node& node, Scope& scope);
void set_worker_rlimit_nofile(const Node& node, Scope& scope);
void set_worker_shutdown_timeout(const Node& node, Scope& scope);
void set_pid(const Node& node, Scope& scope);
void set_user(const Node& node, Scope& scope);
void set_daemon(const Node& node, Scope& scope);
void set_error_log(const Node& node, Scope& scope);

// set_http.cpp: what http, server and location share
void set_access_log(const Node& node, Scope& scope);
void set_client_header_timeout(const Node& node, Scope& scope);
void set_large_client_header_buffers(const Node& node, Scope& scope);
void set_max_headers(const Node& node, Scope& scope);
void set_underscores_in_headers(const Node& node, Scope& scope);
void set_client_max_body_size(const Node& node, Scope& scope);
void set_client_body_timeout(const Node& node, Scope& scope);
void set_send_timeout(const Node& node, Scope& scope);
void set_keepalive_timeout(const Node& node, Scope& scope);
void set_keepalive_requests(const Node& node, Scope& scope);
void set_server_tokens(const Node& node, Scope& scope);
void set_metrics(const Node& node, Scope& scope);

// set_server.cpp: server, and the arguments of location
void set_listen(const Node& node, Scope& scope);
void set_server_name(const Node& node, Scope& scope);
/// The match and path of a location block, or nothing after an error.
std::optional<Location> read_location(const Node& node, Scope& scope);

// set_upstream.cpp
void set_upstream_server(const Node& node, Scope& scope);

// set_balance.cpp: the other directives of an upstream block
void set_least_conn(const Node& node, Scope& scope);
void set_least_time(const Node& node, Scope& scope);
void set_random(const Node& node, Scope& scope);
void set_ip_hash(const Node& node, Scope& scope);
void set_hash(const Node& node, Scope& scope);
void set_queue(const Node& node, Scope& scope);

// set_sticky.cpp
void set_sticky(const Node& node, Scope& scope);

// set_discovery.cpp: where endpoints are learnt from beside the server lines
void set_resolver(const Node& node, Scope& scope);
void set_resolver_timeout(const Node& node, Scope& scope);
void set_endpoints_file(const Node& node, Scope& scope);

// set_admission.cpp
void set_admit(const Node& node, Scope& scope);
void set_max_handshakes(const Node& node, Scope& scope);
void set_admit_queue(const Node& node, Scope& scope);

// set_keepalive.cpp: the idle connections of an upstream block
void set_upstream_keepalive(const Node& node, Scope& scope);
void set_upstream_keepalive_requests(const Node& node, Scope& scope);
void set_upstream_keepalive_time(const Node& node, Scope& scope);
void set_upstream_keepalive_timeout(const Node& node, Scope& scope);

// set_health.cpp: health_check and match, and what an upstream says about the health of its endpoints
void set_health_check(const Node& node, Scope& scope);
void set_max_ejected(const Node& node, Scope& scope);
void set_tunnel_fail_time(const Node& node, Scope& scope);
void set_endpoint_down_tunnels(const Node& node, Scope& scope);
void set_match_status(const Node& node, Scope& scope);
void set_match_header(const Node& node, Scope& scope);
void set_match_body(const Node& node, Scope& scope);

// set_proxy.cpp
void set_proxy_pass(const Node& node, Scope& scope);
void set_proxy_http_version(const Node& node, Scope& scope);
void set_proxy_set_header(const Node& node, Scope& scope);
void set_proxy_connect_timeout(const Node& node, Scope& scope);
void set_proxy_ssl_handshake_timeout(const Node& node, Scope& scope);
void set_proxy_handshake_timeout(const Node& node, Scope& scope);
void set_proxy_protocol(const Node& node, Scope& scope);
void set_proxy_bind(const Node& node, Scope& scope);
void set_proxy_send_timeout(const Node& node, Scope& scope);
void set_proxy_read_timeout(const Node& node, Scope& scope);
void set_proxy_websocket(const Node& node, Scope& scope);
void set_proxy_forwarded(const Node& node, Scope& scope);
void set_tunnel_idle_timeout(const Node& node, Scope& scope);

// set_next_upstream.cpp
void set_proxy_next_upstream(const Node& node, Scope& scope);
void set_proxy_next_upstream_tries(const Node& node, Scope& scope);
void set_proxy_next_upstream_timeout(const Node& node, Scope& scope);

// set_tls.cpp: TLS towards clients
void set_ssl_certificate(const Node& node, Scope& scope);
void set_ssl_certificate_key(const Node& node, Scope& scope);
void set_ssl_reject_handshake(const Node& node, Scope& scope);
void set_ssl_protocols(const Node& node, Scope& scope);
void set_ssl_ciphers(const Node& node, Scope& scope);
void set_ssl_prefer_server_ciphers(const Node& node, Scope& scope);
void set_ssl_conf_command(const Node& node, Scope& scope);
void set_ssl_ecdh_curve(const Node& node, Scope& scope);
void set_ssl_dhparam(const Node& node, Scope& scope);
void set_ssl_session_cache(const Node& node, Scope& scope);
void set_ssl_session_timeout(const Node& node, Scope& scope);
void set_ssl_session_tickets(const Node& node, Scope& scope);
void set_ssl_session_ticket_key(const Node& node, Scope& scope);
void set_ssl_handshake_timeout(const Node& node, Scope& scope);
void set_ssl_verify_client(const Node& node, Scope& scope);
void set_ssl_client_certificate(const Node& node, Scope& scope);
void set_ssl_trusted_certificate(const Node& node, Scope& scope);
void set_ssl_crl(const Node& node, Scope& scope);
void set_ssl_verify_depth(const Node& node, Scope& scope);
void check_ssl(const Node& node, Scope& scope);
void check_ssl_early_data(const Node& node, Scope& scope);
void check_ssl_stapling(const Node& node, Scope& scope);

// set_proxy_tls.cpp: TLS towards upstreams
void set_proxy_ssl_verify(const Node& node, Scope& scope);
void set_proxy_ssl_trusted_certificate(const Node& node, Scope& scope);
void set_proxy_ssl_crl(const Node& node, Scope& scope);
void set_proxy_ssl_verify_depth(const Node& node, Scope& scope);
void set_proxy_ssl_name(const Node& node, Scope& scope);
void set_proxy_ssl_server_name(const Node& node, Scope& scope);
void set_proxy_ssl_certificate(const Node& node, Scope& scope);
void set_proxy_ssl_certificate_key(const Node& node, Scope& scope);
void set_proxy_ssl_protocols(const Node& node, Scope& scope);
void set_proxy_ssl_ciphers(const Node& node, Scope& scope);
void set_proxy_ssl_conf_command(const Node& node, Scope& scope);
void set_proxy_ssl_session_reuse(const Node& node, Scope& scope);

// set_nothing.cpp: directives without effect here, whose arguments are checked all the same
void check_nothing(const Node& node, Scope& scope);
void check_switch(const Node& node, Scope& scope);
void check_size(const Node& node, Scope& scope);
void check_zone(const Node& node, Scope& scope);
void check_count_and_size(const Node& node, Scope& scope);
void check_proxy_redirect(const Node& node, Scope& scope);

/// Tells about a directive that only another one may read (`include` in a place where it was not read).
void refuse_include(const Node& node, Scope& scope);

}  // namespace config
