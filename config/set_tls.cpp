// The ssl_* directives: TLS towards clients.
#include "config/arguments.hpp"
#include "config/setters.hpp"
#include "config/tls_arguments.hpp"

#include <algorithm>
#include <array>

namespace config {
namespace {

// Errors leave the name as it is written in the list, so that the pairs still come out.
void add_certificate_name(const Argument& argument, LevelList<PlacedFile>& files, const Scope& scope) {
    files.add(read_certificate_name(argument, EmptyName::error, scope)
                  .value_or(PlacedFile{argument.text, argument.span}));
}

void set_file(std::string& target, const Node& node, const Scope& scope) {
    assign(target, read_file_name(node.arguments[0], EmptyName::no_file, scope));
}

constexpr std::uint64_t most_sessions = 10'000'000;

// NAME:SIZE of `shared:NAME:SIZE` -> sessions.
std::optional<std::uint64_t> read_shared_cache(std::string_view zone, const Argument& argument,
                                               Report& report) {
    constexpr std::uint64_t sessions_of_a_megabyte = 4000;  // as nginx documents
    constexpr std::uint64_t smallest = 32 * 1024;           // nginx: eight pages
    const auto colon = zone.find(':');
    if (colon == 0 || colon == std::string_view::npos) {
        report.error(argument.span, "invalid session cache \"" + argument.text + "\"",
                     "write shared:NAME:SIZE, with a megabyte for 4000 sessions");
        return std::nullopt;
    }
    const auto bytes = read_size({std::string(zone.substr(colon + 1)), argument.span}, report);
    if (!bytes) return std::nullopt;
    constexpr std::uint64_t largest = (most_sessions / sessions_of_a_megabyte) << 20U;
    if (*bytes < smallest || *bytes > largest) {
        report.error(argument.span, "the size of this session cache is out of range",
                     "it is from 32k to 2500m");
        return std::nullopt;
    }
    return (*bytes * sessions_of_a_megabyte) >> 20U;
}

// One argument of `ssl_session_cache` -> sessions.
std::optional<std::uint64_t> read_session_cache(const Argument& argument, Report& report) {
    constexpr std::uint64_t builtin_sessions = 20'480;  // nginx takes OpenSSL's own default
    constexpr std::string_view builtin = "builtin:";
    constexpr std::string_view shared = "shared:";
    const std::string_view text = argument.text;
    if (text == "off" || text == "none") return 0;
    if (text == "builtin") return builtin_sessions;
    if (text.starts_with(builtin)) {
        const Argument count{std::string(text.substr(builtin.size())), argument.span};
        return read_count(count, 1, most_sessions, report);
    }
    if (text.starts_with(shared)) return read_shared_cache(text.substr(shared.size()), argument, report);
    report.error(argument.span, "invalid session cache \"" + argument.text + "\"",
                 "it is off, none, builtin:NUMBER or shared:NAME:SIZE");
    return std::nullopt;
}

}  // namespace

void set_ssl_certificate(const Node& node, Scope& scope) {
    add_certificate_name(node.arguments[0], scope.level->certificates, scope);
}

void set_ssl_certificate_key(const Node& node, Scope& scope) {
    add_certificate_name(node.arguments[0], scope.level->certificate_keys, scope);
}

void set_ssl_reject_handshake(const Node& node, Scope& scope) {
    assign(scope.level->tls.reject_handshake, read_switch(node.arguments[0], scope.report));
}

void set_ssl_protocols(const Node& node, Scope& scope) {
    assign(scope.level->tls.protocols, read_protocols(node, scope.report));
}

void set_ssl_ciphers(const Node& node, Scope& scope) {
    assign(scope.level->tls.ciphers, read_tls_text(node.arguments[0], scope.report));
}

void set_ssl_prefer_server_ciphers(const Node& node, Scope& scope) {
    assign(scope.level->tls.prefer_server_ciphers, read_switch(node.arguments[0], scope.report));
}

void set_ssl_conf_command(const Node& node, Scope& scope) {
    if (auto command = read_tls_command(node, scope.report))
        scope.level->tls_commands.add(std::move(*command));
}

void set_ssl_ecdh_curve(const Node& node, Scope& scope) {
    assign(scope.level->tls.ecdh_curve, read_tls_text(node.arguments[0], scope.report));
}

void set_ssl_dhparam(const Node& node, Scope& scope) {
    set_file(scope.level->tls.dhparam, node, scope);
}

// `builtin` and `shared` may stand together: one cache of the larger size serves for both.
void set_ssl_session_cache(const Node& node, Scope& scope) {
    std::uint64_t sessions = 0;
    for (const auto& argument : node.arguments) {
        const auto more = read_session_cache(argument, scope.report);
        if (!more) return;
        sessions = std::max(sessions, *more);
    }
    scope.level->tls.session_cache = sessions;
}

void set_ssl_session_timeout(const Node& node, Scope& scope) {
    const auto& argument = node.arguments[0];
    const auto value = read_duration(argument, scope.report);
    if (!value) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*value);
    if (seconds != *value) {
        scope.report.error(argument.span, "invalid time \"" + argument.text + "\"", "it is in whole seconds");
        return;
    }
    scope.level->tls.session_timeout = seconds;
}

void set_ssl_session_tickets(const Node& node, Scope& scope) {
    assign(scope.level->tls.session_tickets, read_switch(node.arguments[0], scope.report));
}

void set_ssl_session_ticket_key(const Node& node, Scope& scope) {
    auto file = read_file_name(node.arguments[0], EmptyName::error, scope);
    if (file) scope.level->session_ticket_keys.add(std::move(*file));
}

void set_ssl_handshake_timeout(const Node& node, Scope& scope) {
    assign(scope.level->tls.handshake_timeout, read_duration(node.arguments[0], scope.report));
}

void set_ssl_verify_client(const Node& node, Scope& scope) {
    constexpr std::array verifications = {ClientVerification::off, ClientVerification::on,
                                          ClientVerification::optional, ClientVerification::optional_no_ca};
    const auto word = read_word(node.arguments[0], {"off", "on", "optional", "optional_no_ca"}, scope.report);
    if (word) scope.level->tls.verify_client = verifications[*word];
}

void set_ssl_client_certificate(const Node& node, Scope& scope) {
    set_file(scope.level->tls.client_certificate, node, scope);
}

void set_ssl_trusted_certificate(const Node& node, Scope& scope) {
    set_file(scope.level->tls.trusted_certificate, node, scope);
}

void set_ssl_crl(const Node& node, Scope& scope) {
    set_file(scope.level->tls.crl, node, scope);
}

void set_ssl_verify_depth(const Node& node, Scope& scope) {
    assign(scope.level->tls.verify_depth, read_verify_depth(node.arguments[0], scope.report));
}

void check_ssl(const Node& node, Scope& scope) {
    if (read_switch(node.arguments[0], scope.report).value_or(false)) {
        scope.report.error(node.span, "\"ssl on\" is obsolete",
                           "write ssl behind the address: listen ... ssl");
    }
}

void check_ssl_early_data(const Node& node, Scope& scope) {
    if (read_switch(node.arguments[0], scope.report).value_or(false)) {
        scope.report.error(node.span, "early data is not supported yet", "write off");
    }
}

void check_ssl_stapling(const Node& node, Scope& scope) {
    if (read_switch(node.arguments[0], scope.report).value_or(false)) {
        scope.report.warning(node.span,
                             "stapling is not supported yet, clients ask the authority themselves");
    }
}

}  // namespace config
