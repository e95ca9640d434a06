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

Settings upstream_tls_settings(const UpstreamTls& tls, const UpstreamTls* outer) {
    using T = UpstreamTls;
    Settings settings;
    const auto differs = [&](auto T::*member) { return !outer || !(tls.*member == outer->*member); };
    // An empty file name undoes what would be inherited, so it is printed where something is.
    const auto is_printed_file = [&](std::string T::*member) {
        return differs(member) && (outer || !(tls.*member).empty());
    };
    const auto add = [&](std::string_view name, std::string value) {
        settings.push_back({name, std::move(value)});
    };
    if (differs(&T::verify)) add("proxy_ssl_verify", text_of(tls.verify));
    if (is_printed_file(&T::trusted_certificate)) {
        add("proxy_ssl_trusted_certificate", in_quotes(tls.trusted_certificate));
    }
    if (is_printed_file(&T::crl)) add("proxy_ssl_crl", in_quotes(tls.crl));
    if (differs(&T::verify_depth)) add("proxy_ssl_verify_depth", text_of(tls.verify_depth));
    if (differs(&T::name) && (outer || !tls.name.parts.empty())) {
        add("proxy_ssl_name", in_quotes(to_string(tls.name)));
    }
    if (differs(&T::server_name)) add("proxy_ssl_server_name", text_of(tls.server_name));
    if (differs(&T::certificate) && (outer || tls.certificate)) {
        const Certificate shown = tls.certificate.value_or(Certificate{});
        add("proxy_ssl_certificate", in_quotes(shown.chain));
        add("proxy_ssl_certificate_key", in_quotes(shown.key));
    }
    if (differs(&T::protocols)) add("proxy_ssl_protocols", text_of(tls.protocols));
    if (differs(&T::ciphers)) add("proxy_ssl_ciphers", in_quotes(tls.ciphers));
    if (differs(&T::commands)) add_list("proxy_ssl_conf_command", tls.commands, settings);
    if (differs(&T::session_reuse)) add("proxy_ssl_session_reuse", text_of(tls.session_reuse));
    return settings;
}

}  // namespace config
