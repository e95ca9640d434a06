// Prints a model as TOML: everything of a server, and of a location what differs from its server.
#include "config/printer.hpp"

#include "config/health_printer.hpp"
#include "config/tls_printer.hpp"
#include "config/tls_use.hpp"
#include "config/toml_value_text.hpp"
#include "config/units.hpp"
#include "config/upstream_printer.hpp"

#include <algorithm>
#include <string_view>

namespace config {
namespace {

class Printer {
  public:
    std::string print(const Model& model) {
        print_process(model);
        for (const auto& match : model.matches) {
            out_ += "\n[match." + key(match.name) + "]\n";
            lines(match_settings(match));
        }
        for (const auto& upstream : model.upstreams) print_upstream(upstream);
        for (const auto& server : model.servers) print_server(model, server);
        return std::move(out_);
    }

  private:
    void line(std::string_view name, const std::string& value) {
        out_ += indent_ + std::string(name) + " = " + value + '\n';
    }

    void lines(const std::vector<PrintedSetting>& settings) {
        for (const auto& setting : settings) line(setting.name, setting.value);
    }

    void print_process(const Model& model) {
        line("worker_processes",
             model.worker_processes == 0 ? in_quotes("auto") : text_of(model.worker_processes));
        if (model.worker_rlimit_nofile > 0) line("worker_rlimit_nofile", text_of(model.worker_rlimit_nofile));
        line("worker_shutdown_timeout", text_of(model.worker_shutdown_timeout));
        line("user", model.user.group.empty()
                         ? in_quotes(model.user.name)
                         : '[' + in_quotes(model.user.name) + ", " + in_quotes(model.user.group) + ']');
        if (model.pid) line("pid", in_quotes(*model.pid));
        line("daemon", text_of(model.daemon));
        line("error_log", "{ path = " + in_quotes(model.error_log.path) +
                              ", level = " + text_of(model.error_log.level) + " }");
        if (model.worker_connections > 0) {
            out_ += "\n[events]\n";
            line("worker_connections", text_of(model.worker_connections));
        }
    }

    void print_upstream(const Upstream& upstream) {
        out_ += "\n[upstream." + key(upstream.name) + "]\n";
        lines(upstream_settings(upstream));
        if (!upstream.endpoints.empty()) {
            out_ += "servers = [\n";
            for (const auto& endpoint : upstream.endpoints) out_ += "    " + text_of(endpoint) + ",\n";
            out_ += "]\n";
        }
        print_keepalive(upstream.keepalive);
        lines(health_settings(upstream.health));
    }

    void print_keepalive(const KeepAlive& keepalive) {
        const KeepAlive unset;
        const std::string count = text_of(keepalive.connections);
        if (keepalive.scope == KeepAliveScope::upstream)
            line("keepalive", count);
        else if (keepalive.connections != unset.connections)
            line("keepalive", "{ connections = " + count + ", local = true }");
        if (keepalive.requests != unset.requests) line("keepalive_requests", text_of(keepalive.requests));
        if (keepalive.time != unset.time) line("keepalive_time", text_of(keepalive.time));
        if (keepalive.timeout != unset.timeout) line("keepalive_timeout", text_of(keepalive.timeout));
    }

    static std::string with_options(const std::string& address, const std::string& options) {
        return options.empty() ? in_quotes(address) : "{ address = " + in_quotes(address) + options + " }";
    }

    void print_server(const Model& model, const Server& server) {
        out_ += "\n[[server]]\n";
        print_listen(server.listen);
        if (!server.names.empty()) {
            std::string names;
            for (const auto& name : server.names) names += (names.empty() ? "" : ", ") + in_quotes(name.name);
            line("server_name", '[' + names + ']');
        }
        line("client_header_timeout", text_of(server.limits.client_header_timeout));
        line("large_client_header_buffers", '[' + text_of(server.limits.header_buffers) + ", " +
                                                text_of(std::uint64_t{server.limits.header_buffer_size}) +
                                                ']');
        line("max_headers", text_of(server.limits.max_headers));
        line("underscores_in_headers", text_of(server.limits.underscores_in_headers));
        print_server_tls(server);
        print_settings(server.settings, nullptr);
        for (const auto& location : server.locations) {
            out_ += "\n    [[server.location]]\n";
            indent_ = "    ";
            line("path", in_quotes(location.path));
            if (location.match == LocationMatch::exact) line("match", in_quotes("exact"));
            print_settings(location.settings, &server.settings);
            if (speaks_tls_to_endpoints(model, location.settings))
                lines(upstream_tls_settings(location.settings.proxy_ssl));
            indent_.clear();
        }
    }

    // A server that neither speaks TLS nor says anything about it needs no lines about it.
    void print_server_tls(const Server& server) {
        const bool is_spoken =
            std::any_of(server.listen.begin(), server.listen.end(), [](const Listen& l) { return l.tls; });
        if (is_spoken || server.tls != ServerTls{}) lines(server_tls_settings(server.tls));
    }

    void print_listen(const std::vector<Listen>& listen) {
        const Listen unset;
        std::string list;
        for (const auto& entry : listen) {
            std::string options;
            if (entry.tls) options += ", ssl = true";
            if (entry.default_server) options += ", default_server = true";
            if (entry.backlog != unset.backlog) options += ", backlog = " + std::to_string(entry.backlog);
            if (entry.ipv6_only != unset.ipv6_only) options += ", ipv6only = " + text_of(entry.ipv6_only);
            list += (list.empty() ? "" : ", ") + with_options(to_string(entry.address), options);
        }
        line("listen", '[' + list + ']');
    }

    template <class Member>
    void setting(std::string_view name, const LocationSettings& settings, const LocationSettings* outer,
                 Member LocationSettings::*member) {
        if (!outer || !(settings.*member == outer->*member)) line(name, text_of(settings.*member));
    }

    // All settings, or those in which a level differs from the one around it.
    void print_settings(const LocationSettings& settings, const LocationSettings* outer) {
        using S = LocationSettings;
        if (settings.proxy_pass) line("proxy_pass", text_of(*settings.proxy_pass));
        lines(health_check_settings(settings.health_checks));
        if (settings.metrics) line("metrics", "true");
        setting("proxy_http_version", settings, outer, &S::proxy_http_version);
        setting("proxy_set_header", settings, outer, &S::proxy_set_header);
        setting("proxy_websocket", settings, outer, &S::proxy_websocket);
        setting("proxy_forwarded", settings, outer, &S::proxy_forwarded);
        setting("proxy_connect_timeout", settings, outer, &S::proxy_connect_timeout);
        setting("proxy_ssl_handshake_timeout", settings, outer, &S::proxy_ssl_handshake_timeout);
        setting("proxy_handshake_timeout", settings, outer, &S::proxy_handshake_timeout);
        setting("proxy_protocol", settings, outer, &S::proxy_protocol);
        if (!outer || settings.proxy_bind != outer->proxy_bind)
            line("proxy_bind", settings.proxy_bind.empty() ? in_quotes("off") : text_of(settings.proxy_bind));
        print_next_upstream(settings.proxy_next_upstream, outer ? &outer->proxy_next_upstream : nullptr);
        setting("proxy_send_timeout", settings, outer, &S::proxy_send_timeout);
        setting("proxy_read_timeout", settings, outer, &S::proxy_read_timeout);
        setting("tunnel_idle_timeout", settings, outer, &S::tunnel_idle_timeout);
        setting("client_max_body_size", settings, outer, &S::client_max_body_size);
        setting("client_body_timeout", settings, outer, &S::client_body_timeout);
        setting("send_timeout", settings, outer, &S::send_timeout);
        setting("keepalive_timeout", settings, outer, &S::keepalive_timeout);
        setting("keepalive_requests", settings, outer, &S::keepalive_requests);
        setting("access_log", settings, outer, &S::access_log);
        setting("server_tokens", settings, outer, &S::server_tokens);
    }

    void print_next_upstream(const NextUpstream& next, const NextUpstream* outer) {
        if (!outer || next.causes != outer->causes) line("proxy_next_upstream", text_of(next.causes));
        if (!outer || next.tries != outer->tries) line("proxy_next_upstream_tries", text_of(next.tries));
        if (!outer || next.timeout != outer->timeout) line("proxy_next_upstream_timeout", text_of(next.timeout));
    }

    std::string out_;
    std::string indent_;
};

}  // namespace

std::string print_toml(const Model& model) {
    return Printer().print(model);
}

}  // namespace config
