// The proxy_ssl_* directives: TLS towards upstreams.
#include "config/arguments.hpp"
#include "config/setters.hpp"
#include "config/tls_arguments.hpp"

#include <algorithm>
#include <cctype>

namespace config {
namespace {

UpstreamTls& tls_of(Scope& scope) {
    return scope.level->settings.proxy_ssl;
}

}  // namespace

void set_proxy_ssl_verify(const Node& node, Scope& scope) {
    assign(tls_of(scope).verify, read_switch(node.arguments[0], scope.report));
}

void set_proxy_ssl_trusted_certificate(const Node& node, Scope& scope) {
    assign(tls_of(scope).trusted_certificate, read_file_name(node.arguments[0], EmptyName::no_file, scope));
}

void set_proxy_ssl_crl(const Node& node, Scope& scope) {
    assign(tls_of(scope).crl, read_file_name(node.arguments[0], EmptyName::no_file, scope));
}

void set_proxy_ssl_verify_depth(const Node& node, Scope& scope) {
    assign(tls_of(scope).verify_depth, read_verify_depth(node.arguments[0], scope.report));
}

void set_proxy_ssl_name(const Node& node, Scope& scope) {
    const auto& value = node.arguments[0];
    auto parsed = parse_template(value.text);
    const bool has_control = std::any_of(value.text.begin(), value.text.end(),
                                         [](unsigned char c) { return std::iscntrl(c) != 0; });
    if (has_control) {
        scope.report.error(value.span, "this name cannot hold control characters");
    } else if (!parsed.error.empty()) {
        scope.report.error(value.span, std::move(parsed.error), std::move(parsed.hint));
    } else {
        tls_of(scope).name = std::move(parsed.value);
    }
}

void set_proxy_ssl_server_name(const Node& node, Scope& scope) {
    assign(tls_of(scope).server_name, read_switch(node.arguments[0], scope.report));
}

void set_proxy_ssl_certificate(const Node& node, Scope& scope) {
    assign(scope.level->proxy_certificate,
           read_certificate_name(node.arguments[0], EmptyName::no_file, scope));
}

void set_proxy_ssl_certificate_key(const Node& node, Scope& scope) {
    assign(scope.level->proxy_certificate_key,
           read_certificate_name(node.arguments[0], EmptyName::no_file, scope));
}

void set_proxy_ssl_protocols(const Node& node, Scope& scope) {
    assign(tls_of(scope).protocols, read_protocols(node, scope.report));
}

void set_proxy_ssl_ciphers(const Node& node, Scope& scope) {
    assign(tls_of(scope).ciphers, read_tls_text(node.arguments[0], scope.report));
}

void set_proxy_ssl_conf_command(const Node& node, Scope& scope) {
    if (auto command = read_tls_command(node, scope.report)) {
        scope.level->proxy_tls_commands.add(std::move(*command));
    }
}

void set_proxy_ssl_session_reuse(const Node& node, Scope& scope) {
    assign(tls_of(scope).session_reuse, read_switch(node.arguments[0], scope.report));
}

}  // namespace config
