// The TLS part of the model: ssl_* of a server and proxy_ssl_* of a location, with every default.
#pragma once

#include "config/variable.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace config {

/// `ssl_certificate` and the `ssl_certificate_key` that goes with it: PEM files.
struct Certificate {
    std::string chain;
    std::string key;
    bool operator==(const Certificate&) const = default;
};

/// `ssl_conf_command NAME VALUE`.
struct TlsCommand {
    std::string name;
    std::string value;
    bool operator==(const TlsCommand&) const = default;
};

/// `ssl_protocols`: older ones are not to be had.
struct TlsProtocols {
    bool tls_1_2 = true;
    bool tls_1_3 = true;
    bool operator==(const TlsProtocols&) const = default;
};

/// `ssl_verify_client`.
enum class ClientVerification { off, on, optional, optional_no_ca };

/// Everything about TLS towards clients, at http or server level.
struct ServerTls {
    /// Of different key types, RSA and ECDSA. Empty: those of the listener's default server.
    std::vector<Certificate> certificates;
    bool reject_handshake = false;  ///< `ssl_reject_handshake`: refuse names of this server
    TlsProtocols protocols;
    std::string ciphers = "HIGH:!aNULL:!MD5";  ///< for TLS 1.2
    bool prefer_server_ciphers = false;
    std::vector<TlsCommand> commands;
    std::string ecdh_curve = "auto";
    std::string dhparam;            ///< empty: none
    std::size_t session_cache = 0;  ///< sessions kept; 0: none, sessions live in tickets
    std::chrono::seconds session_timeout{300};
    bool session_tickets = true;
    /// Files of 80 or 48 bytes, the first seals; empty: keys are made and rotated.
    std::vector<std::string> session_ticket_keys;
    std::chrono::milliseconds handshake_timeout{60'000};
    ClientVerification verify_client = ClientVerification::off;
    std::string client_certificate;   ///< trusted authorities whose names clients are told
    std::string trusted_certificate;  ///< trusted authorities whose names they are not told
    std::string crl;
    unsigned verify_depth = 1;
    bool operator==(const ServerTls&) const = default;
};

/// Everything about TLS towards an upstream.
struct UpstreamTls {
    bool verify = false;              ///< `proxy_ssl_verify`; the syntax decides the default
    std::string trusted_certificate;  ///< empty: the system's authorities
    std::string crl;
    unsigned verify_depth = 1;
    Template name;             ///< `proxy_ssl_name`: what is verified and sent; empty: host of proxy_pass
    bool server_name = false;  ///< `proxy_ssl_server_name`: send it (SNI); the syntax decides the default
    std::optional<Certificate> certificate;  ///< shown to the upstream
    TlsProtocols protocols;
    std::string ciphers = "DEFAULT";
    std::vector<TlsCommand> commands;
    bool session_reuse = true;
    bool operator==(const UpstreamTls&) const = default;
};

}  // namespace config
