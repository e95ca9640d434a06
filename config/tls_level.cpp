// Puts certificates and their keys together, and the lists of a level into its settings.
#include "config/tls_level.hpp"

#include "config/tls_use.hpp"

namespace config {
namespace {

constexpr const char* pair_hint = "write one ssl_certificate_key for each ssl_certificate, in the same order";

std::vector<Certificate> pair_certificates(const Level& level, Report& report) {
    const auto& chains = level.certificates.values();
    const auto& keys = level.certificate_keys.values();
    std::vector<Certificate> pairs;
    for (std::size_t i = 0; i < chains.size(); ++i) {
        if (i >= keys.size()) {
            report.error(chains[i].where, "this certificate has no ssl_certificate_key", pair_hint);
        }
        pairs.push_back({chains[i].path, i < keys.size() ? keys[i].path : std::string{}});
    }
    // Keys that were written further out for servers with certificates do no harm in a server without one.
    if (!chains.empty() || level.certificate_keys.is_own()) {
        for (std::size_t i = chains.size(); i < keys.size(); ++i) {
            report.error(keys[i].where, "this key has no ssl_certificate", pair_hint);
        }
    }
    return pairs;
}

}  // namespace

ServerTls finished_server_tls(const Level& level, Report& report) {
    ServerTls tls = level.tls;
    tls.certificates = pair_certificates(level, report);
    tls.commands = level.tls_commands.values();
    tls.session_ticket_keys = level.session_ticket_keys.values();
    return tls;
}

UpstreamTls finished_upstream_tls(const Level& level, const Model& model, Report& report) {
    if (!speaks_tls_to_endpoints(model, level.settings)) return {};
    UpstreamTls tls = level.settings.proxy_ssl;
    tls.commands = level.proxy_tls_commands.values();
    const auto& chain = level.proxy_certificate;
    const auto& key = level.proxy_certificate_key;
    if (!chain.path.empty() && !key.path.empty()) tls.certificate = Certificate{chain.path, key.path};
    if (chain.path.empty() != key.path.empty()) {
        if (key.path.empty()) {
            report.error(chain.where, "this certificate has no proxy_ssl_certificate_key");
        } else {
            report.error(key.where, "this key has no proxy_ssl_certificate");
        }
    }
    return tls;
}

}  // namespace config
