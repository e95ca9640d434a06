// The rows of the directive table that are about TLS.
#include "config/tls_directives.hpp"

#include "config/setters.hpp"

namespace config {
namespace {

using Repeat = Directive::Repeat;
using Effect = Directive::Effect;

constexpr auto servers = Context::http | Context::server;
constexpr auto any_level = Context::http | Context::server | Context::location;

constexpr Arity one{1, 1};
constexpr Arity two{2, 2};
constexpr Arity one_or_two{1, 2};
constexpr Arity one_or_more{1, any_number};

}  // namespace

// clang-format off
std::vector<Directive> tls_rows() {
    return {
        {.name = "ssl_certificate", .contexts = servers, .arguments = "FILE", .arity = one, .set = set_ssl_certificate,
         .documentation = "Chain of certificates in PEM form, the server's own first. Repeated for keys of different types, each with its ssl_certificate_key. Relative names start beside the main file.",
         .repeat = Repeat::many, .toml = TomlForm::list},
        {.name = "ssl_certificate_key", .contexts = servers, .arguments = "FILE", .arity = one, .set = set_ssl_certificate_key,
         .documentation = "Private key of the ssl_certificate of the same rank.",
         .repeat = Repeat::many, .toml = TomlForm::list},
        {.name = "ssl_reject_handshake", .contexts = servers, .arguments = "on | off", .arity = one, .set = set_ssl_reject_handshake,
         .documentation = "Whether handshakes for the names of this server are refused."},
        {.name = "ssl_protocols", .contexts = servers, .arguments = "[TLSv1.2] [TLSv1.3]", .arity = one_or_more, .set = set_ssl_protocols,
         .documentation = "Protocols that are offered, both unless written. Older ones are accepted in the list and not offered."},
        {.name = "ssl_ciphers", .contexts = servers, .arguments = "CIPHERS", .arity = one, .set = set_ssl_ciphers,
         .documentation = "Ciphers of TLS 1.2 as OpenSSL names them."},
        {.name = "ssl_prefer_server_ciphers", .contexts = servers, .arguments = "on | off", .arity = one, .set = set_ssl_prefer_server_ciphers,
         .documentation = "Whether the server's order of ciphers counts before the client's."},
        {.name = "ssl_conf_command", .contexts = servers, .arguments = "NAME VALUE", .arity = two, .set = set_ssl_conf_command,
         .documentation = "A command of OpenSSL's SSL_CONF_cmd. A level with such lines inherits none.",
         .repeat = Repeat::many, .toml = TomlForm::pairs},
        {.name = "ssl_ecdh_curve", .contexts = servers, .arguments = "auto | CURVE[:CURVE...]", .arity = one, .set = set_ssl_ecdh_curve,
         .documentation = "Groups for the exchange of keys, in order of preference."},
        {.name = "ssl_dhparam", .contexts = servers, .arguments = "FILE", .arity = one, .set = set_ssl_dhparam,
         .documentation = "Parameters for DHE ciphers; without them there are none."},
        {.name = "ssl_session_cache", .contexts = servers, .arguments = "off | none | [builtin[:NUMBER]] [shared:NAME:SIZE]", .arity = one_or_two, .set = set_ssl_session_cache,
         .documentation = "Sessions kept for resumption by identifier, 4000 for each megabyte; builtin and shared are the same here. None unless written: clients resume with tickets."},
        {.name = "ssl_session_timeout", .contexts = servers, .arguments = "TIME", .arity = one, .set = set_ssl_session_timeout,
         .documentation = "How long a session can be resumed."},
        {.name = "ssl_session_tickets", .contexts = servers, .arguments = "on | off", .arity = one, .set = set_ssl_session_tickets,
         .documentation = "Whether sessions are resumed with tickets."},
        {.name = "ssl_session_ticket_key", .contexts = servers, .arguments = "FILE", .arity = one, .set = set_ssl_session_ticket_key,
         .documentation = "80 random bytes that seal tickets: the first file seals, all of them open. Without it keys are made and rotated.",
         .repeat = Repeat::many, .toml = TomlForm::list},
        {.name = "ssl_handshake_timeout", .contexts = servers, .arguments = "TIME", .arity = one, .set = set_ssl_handshake_timeout,
         .documentation = "Tidegate's own here. Longest time a client may take for a handshake."},
        {.name = "ssl_verify_client", .contexts = servers, .arguments = "on | off | optional | optional_no_ca", .arity = one, .set = set_ssl_verify_client,
         .documentation = "Whether clients show a certificate: they have to, they may, or they may show one of an unknown authority."},
        {.name = "ssl_client_certificate", .contexts = servers, .arguments = "FILE", .arity = one, .set = set_ssl_client_certificate,
         .documentation = "Authorities that certificates of clients are verified with; clients are told their names."},
        {.name = "ssl_trusted_certificate", .contexts = servers, .arguments = "FILE", .arity = one, .set = set_ssl_trusted_certificate,
         .documentation = "Authorities that certificates of clients are verified with; clients are not told their names."},
        {.name = "ssl_crl", .contexts = servers, .arguments = "FILE", .arity = one, .set = set_ssl_crl,
         .documentation = "Revoked certificates of clients."},
        {.name = "ssl_verify_depth", .contexts = servers, .arguments = "NUMBER", .arity = one, .set = set_ssl_verify_depth,
         .documentation = "How long the chain of a client's certificate may be."},
        {.name = "ssl", .contexts = servers, .arguments = "off", .arity = one, .set = check_ssl,
         .documentation = "Obsolete in nginx: `ssl` is a parameter of listen.", .effect = Effect::none},
        {.name = "ssl_buffer_size", .contexts = servers, .arguments = "SIZE", .arity = one, .set = check_size,
         .documentation = "Records are as large as what there is to send.", .effect = Effect::none},
        {.name = "ssl_early_data", .contexts = servers, .arguments = "off", .arity = one, .set = check_ssl_early_data,
         .documentation = "Early data is never accepted.", .effect = Effect::none},
        {.name = "ssl_stapling", .contexts = servers, .arguments = "on | off", .arity = one, .set = check_ssl_stapling,
         .documentation = "Answers of the authority are not stapled yet.", .effect = Effect::none},
        {.name = "ssl_stapling_verify", .contexts = servers, .arguments = "on | off", .arity = one, .set = check_switch,
         .documentation = "Answers of the authority are not stapled yet.", .effect = Effect::none},
    };
}

std::vector<Directive> proxy_tls_rows() {
    return {
        {.name = "proxy_ssl_verify", .contexts = any_level, .arguments = "on | off", .arity = one, .set = set_proxy_ssl_verify,
         .documentation = "Whether the certificate of an https upstream is verified. nginx syntax: off unless set; TOML: on."},
        {.name = "proxy_ssl_trusted_certificate", .contexts = any_level, .arguments = "FILE", .arity = one, .set = set_proxy_ssl_trusted_certificate,
         .documentation = "Authorities the upstream's certificate is verified with. nginx syntax: needed for proxy_ssl_verify; TOML: those of the system unless set."},
        {.name = "proxy_ssl_crl", .contexts = any_level, .arguments = "FILE", .arity = one, .set = set_proxy_ssl_crl,
         .documentation = "Revoked certificates of upstreams."},
        {.name = "proxy_ssl_verify_depth", .contexts = any_level, .arguments = "NUMBER", .arity = one, .set = set_proxy_ssl_verify_depth,
         .documentation = "How long the chain of the upstream's certificate may be."},
        {.name = "proxy_ssl_name", .contexts = any_level, .arguments = "VALUE", .arity = one, .set = set_proxy_ssl_name,
         .documentation = "The name the upstream's certificate has to hold and the one that is sent; the host of proxy_pass unless set."},
        {.name = "proxy_ssl_server_name", .contexts = any_level, .arguments = "on | off", .arity = one, .set = set_proxy_ssl_server_name,
         .documentation = "Whether the upstream is sent the name (SNI). nginx syntax: off unless set; TOML: on."},
        {.name = "proxy_ssl_certificate", .contexts = any_level, .arguments = "FILE", .arity = one, .set = set_proxy_ssl_certificate,
         .documentation = "Certificate shown to upstreams, in PEM form; empty: none."},
        {.name = "proxy_ssl_certificate_key", .contexts = any_level, .arguments = "FILE", .arity = one, .set = set_proxy_ssl_certificate_key,
         .documentation = "Private key of proxy_ssl_certificate."},
        {.name = "proxy_ssl_protocols", .contexts = any_level, .arguments = "[TLSv1.2] [TLSv1.3]", .arity = one_or_more, .set = set_proxy_ssl_protocols,
         .documentation = "Protocols spoken to upstreams, both unless written."},
        {.name = "proxy_ssl_ciphers", .contexts = any_level, .arguments = "CIPHERS", .arity = one, .set = set_proxy_ssl_ciphers,
         .documentation = "Ciphers of TLS 1.2 as OpenSSL names them."},
        {.name = "proxy_ssl_conf_command", .contexts = any_level, .arguments = "NAME VALUE", .arity = two, .set = set_proxy_ssl_conf_command,
         .documentation = "A command of OpenSSL's SSL_CONF_cmd. A level with such lines inherits none.",
         .repeat = Repeat::many, .toml = TomlForm::pairs},
        {.name = "proxy_ssl_session_reuse", .contexts = any_level, .arguments = "on | off", .arity = one, .set = set_proxy_ssl_session_reuse,
         .documentation = "Whether sessions with upstreams are resumed."},
    };
}
// clang-format on

}  // namespace config
