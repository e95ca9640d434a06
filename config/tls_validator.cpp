// Certificates for listeners with TLS, and authorities for verification.
#include "config/tls_validator.hpp"

#include "config/tls_use.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace config {
namespace {

class TlsValidator {
  public:
    TlsValidator(const Model& model, const Origins& origins, Syntax syntax, Report& report)
        : model_(model), origins_(origins), syntax_(syntax), report_(report) {}

    void run() {
        collect_listeners();
        for (const auto& [address, members] : listeners_) {
            check_agreement(address, members);
            if (!members.front().listen->tls) continue;
            check_certificates(members);
            check_sessions(address, members);
        }
        for (std::size_t i = 0; i < model_.servers.size(); ++i) {
            check_client_verification(i);
            check_upstream_verification(i);
        }
    }

  private:
    struct Member {
        const Server* server;
        const Listen* listen;
        Span where;
    };
    using Members = std::vector<Member>;

    void collect_listeners() {
        for (std::size_t s = 0; s < model_.servers.size(); ++s) {
            const auto& server = model_.servers[s];
            for (std::size_t i = 0; i < server.listen.size(); ++i) {
                listeners_[to_string(server.listen[i].address)].push_back(
                    {&server, &server.listen[i], origins_.servers[s].listen[i]});
            }
        }
    }

    // One socket either speaks TLS or does not.
    void check_agreement(const std::string& address, const Members& members) {
        const Member& first = members.front();
        for (const auto& member : members) {
            if (member.listen->tls == first.listen->tls) continue;
            report_.error(
                member.where,
                member.listen->tls ? "this listener on " + address + " is with ssl, and without it elsewhere"
                                   : "this listener on " + address + " is without ssl, and with it elsewhere",
                "write ssl in all of them or in none; the first one is at " + report_.place(first.where));
        }
    }

    static bool can_answer(const Server& server) {
        return !server.tls.certificates.empty() || server.tls.reject_handshake;
    }

    static const Member& default_of(const Members& members) {
        const auto is_default = [](const Member& member) { return member.listen->default_server; };
        const auto found = std::find_if(members.begin(), members.end(), is_default);
        return found == members.end() ? members.front() : *found;
    }

    // OpenSSL begins the handshake and keeps sessions by the default server's settings, before a name is
    // known; nginx has the same limit and says nothing.
    void check_sessions(const std::string& address, const Members& members) {
        const ServerTls unset;
        const ServerTls& first = default_of(members).server->tls;
        for (const auto& member : members) {
            if (member.server->tls.reject_handshake) continue;
            std::string names;
            const auto compare = [&](auto setting, const char* name) {
                const auto& own = member.server->tls.*setting;
                if (own == first.*setting || own == unset.*setting) return;
                names.append(names.empty() ? "" : ", ").append(name);
            };
            compare(&ServerTls::session_cache, "ssl_session_cache");
            compare(&ServerTls::session_timeout, "ssl_session_timeout");
            compare(&ServerTls::session_ticket_keys, "ssl_session_ticket_key");
            compare(&ServerTls::handshake_timeout, "ssl_handshake_timeout");
            if (names.empty()) continue;
            report_.warning(member.where, "no effect on " + address + ": " + names,
                            "the default server of a listener decides these for all of it");
        }
    }

    // As in nginx: the default server's certificate serves the others on the listener too. Where it refuses
    // handshakes instead, each of them needs its own.
    void check_certificates(const Members& members) {
        const Member& first = default_of(members);
        if (!can_answer(*first.server)) return report_missing_certificate(first);
        if (!first.server->tls.certificates.empty()) return;
        for (const auto& member : members) {
            if (!can_answer(*member.server)) report_missing_certificate(member);
        }
    }

    void report_missing_certificate(const Member& member) {
        report_.error(member.where, "no ssl_certificate is defined for this listener with ssl",
                      "add ssl_certificate and ssl_certificate_key, or ssl_reject_handshake");
    }

    void check_client_verification(std::size_t index) {
        const auto& server = model_.servers[index];
        const auto& tls = server.tls;
        const bool needs_trust =
            tls.verify_client == ClientVerification::on || tls.verify_client == ClientVerification::optional;
        const bool is_used = std::any_of(server.listen.begin(), server.listen.end(),
                                         [](const Listen& listen) { return listen.tls; });
        if (!is_used || !needs_trust) return;
        if (!tls.client_certificate.empty() || !tls.trusted_certificate.empty()) return;
        report_.error(origins_.servers[index].where, "ssl_verify_client has no authority to trust",
                      "add ssl_client_certificate or ssl_trusted_certificate");
    }

    // nginx has no authorities of its own; in TOML those of the system are meant.
    void check_upstream_verification(std::size_t index) {
        if (syntax_ != Syntax::nginx) return;
        const auto& locations = model_.servers[index].locations;
        for (std::size_t i = 0; i < locations.size(); ++i) {
            const auto& settings = locations[i].settings;
            if (!speaks_tls_to_endpoints(model_, settings)) continue;
            if (!settings.proxy_ssl.verify || !settings.proxy_ssl.trusted_certificate.empty()) continue;
            report_.error(origins_.servers[index].locations[i],
                          "proxy_ssl_verify has no authority to trust in this location",
                          "add proxy_ssl_trusted_certificate");
        }
    }

    const Model& model_;
    const Origins& origins_;
    Syntax syntax_;
    Report& report_;
    std::map<std::string, Members> listeners_;
};

}  // namespace

void validate_tls(const Model& model, const Origins& origins, Syntax syntax, Report& report) {
    TlsValidator(model, origins, syntax, report).run();
}

}  // namespace config
