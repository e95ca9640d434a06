// Spells out ssl_* and proxy_ssl_* settings.
#include "config/tls_printer.hpp"

#include "config/toml_value_text.hpp"

namespace config {
namespace {

using Settings = std::vector<PrintedSetting>;

void add_file(std::string_view name, const std::string& path, Settings& settings) {
    if (!path.empty()) settings.push_back({name, in_quotes(path)});
}

template <class T>
void add_list(std::string_view name, const std::vector<T>& values, Settings& settings) {
    if (!values.empty()) settings.push_back({name, text_of(values)});
}

void add_certificates(const std::vector<Certificate>& certificates, Settings& settings) {
    std::vector<std::string> chains;
    std::vector<std::string> keys;
    for (const auto& certificate : certificates) {
        chains.push_back(certificate.chain);
        keys.push_back(certificate.key);
    }
    add_list("ssl_certificate", chains, settings);
    add_list("ssl_certificate_key", keys, settings);
}

}  // namespace

Settings server_tls_settings(const ServerTls& tls) {
    Settings settings;
    add_certificates(tls.certificates, settings);
    settings.push_back({"ssl_reject_handshake", text_of(tls.reject_handshake)});
    settings.push_back({"ssl_protocols", text_of(tls.protocols)});
    settings.push_back({"ssl_ciphers", in_quotes(tls.ciphers)});
    settings.push_back({"ssl_prefer_server_ciphers", text_of(tls.prefer_server_ciphers)});
    add_list("ssl_conf_command", tls.commands, settings);
    settings.push_back({"ssl_ecdh_curve", in_quotes(tls.ecdh_curve)});
    add_file("ssl_dhparam", tls.dhparam, settings);
    settings.push_back({"ssl_session_cache",
                        tls.session_cache == 0 ? in_quotes("none")
                                               : in_quotes("builtin:" + std::to_string(tls.session_cache))});
    settings.push_back({"ssl_session_timeout", text_of(Duration{tls.session_timeout})});
    settings.push_back({"ssl_session_tickets", text_of(tls.session_tickets)});
    add_list("ssl_session_ticket_key", tls.session_ticket_keys, settings);
    settings.push_back({"ssl_handshake_timeout", text_of(tls.handshake_timeout)});
    settings.push_back({"ssl_verify_client", text_of(tls.verify_client)});
    add_file("ssl_client_certificate", tls.client_certificate, settings);
    add_file("ssl_trusted_certificate", tls.trusted_certificate, settings);
    add_file("ssl_crl", tls.crl, settings);
    settings.push_back({"ssl_verify_depth", text_of(tls.verify_depth)});
    return settings;
}

Settings upstream_tls_settings(const UpstreamTls& tls) {
    Settings settings;
    settings.push_back({"proxy_ssl_verify", text_of(tls.verify)});
    add_file("proxy_ssl_trusted_certificate", tls.trusted_certificate, settings);
    add_file("proxy_ssl_crl", tls.crl, settings);
    settings.push_back({"proxy_ssl_verify_depth", text_of(tls.verify_depth)});
    if (!tls.name.parts.empty()) settings.push_back({"proxy_ssl_name", in_quotes(to_string(tls.name))});
    settings.push_back({"proxy_ssl_server_name", text_of(tls.server_name)});
    if (tls.certificate) {
        settings.push_back({"proxy_ssl_certificate", in_quotes(tls.certificate->chain)});
        settings.push_back({"proxy_ssl_certificate_key", in_quotes(tls.certificate->key)});
    }
    settings.push_back({"proxy_ssl_protocols", text_of(tls.protocols)});
    settings.push_back({"proxy_ssl_ciphers", in_quotes(tls.ciphers)});
    add_list("proxy_ssl_conf_command", tls.commands, settings);
    settings.push_back({"proxy_ssl_session_reuse", text_of(tls.session_reuse)});
    return settings;
}

}  // namespace config
