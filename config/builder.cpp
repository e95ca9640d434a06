// Walks the nodes block by block: first the directives of a level, then the blocks in it, which start with a
// copy of what the level came to. That is all there is to inheritance.
#include "config/builder.hpp"

#include "config/did_you_mean.hpp"
#include "config/directives.hpp"
#include "config/letter_case.hpp"
#include "config/setters.hpp"
#include "config/syntax_defaults.hpp"
#include "config/tls_level.hpp"
#include "config/upstream_rules.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace config {
namespace {

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

class Builder {
  public:
    Builder(Syntax syntax, const Directories& directories, Report& report)
        : syntax_(syntax), directories_(directories), report_(report) {}

    Built build(const std::vector<Node>& nodes) {
        std::vector<const Node*> process;
        std::vector<const Node*> fragment;
        const Node* http = nullptr;
        for (const auto& node : nodes) {
            if (node.name == "http") http = &node;
            // Only what cannot stand in main belongs to a fragment; unknown names are told once, by main.
            const bool is_main = find_directive(node.name, Context::main, syntax_) ||
                                 !find_directive(node.name, Context::http, syntax_);
            (is_main ? process : fragment).push_back(&node);
        }
        Scope scope{report_, directories_, built_.model, Context::main};
        const auto blocks = apply(process, scope);
        for (const auto* block : blocks) {
            if (block->name == "events") build_events(*block);
            if (block->name == "http") build_http(pointers(block->children));
        }
        if (http && !fragment.empty()) {
            for (const auto* node : fragment) {
                report_.error(node->span, in_quotes(node->name) + " stands outside of http {}",
                              "move it into the block at " + report_.place(http->span));
            }
        } else if (!http) {
            build_http(fragment);
        }
        return std::move(built_);
    }

  private:
    static std::vector<const Node*> pointers(const std::vector<Node>& nodes) {
        std::vector<const Node*> result;
        for (const auto& node : nodes) result.push_back(&node);
        return result;
    }

    void build_events(const Node& node) {
        Scope scope{report_, directories_, built_.model, Context::events};
        apply(pointers(node.children), scope);
    }

    void build_http(const std::vector<const Node*>& nodes) {
        Level level = outermost_level(syntax_);
        Scope scope{report_, directories_, built_.model, Context::http};
        scope.level = &level;
        const auto blocks = apply(nodes, scope);
        // What others name comes first: it may stand further down.
        for (const auto* block : blocks) {
            if (block->name == "match") build_match(*block);
        }
        for (const auto* block : blocks) {
            if (block->name == "upstream") build_upstream(*block, level);
        }
        for (const auto* block : blocks) {
            if (block->name == "server") build_server(*block, level);
        }
    }

    void build_match(const Node& node) {
        Match match;
        match.name = node.arguments[0].text;
        Scope scope{report_, directories_, built_.model, Context::match};
        scope.match = &match;
        apply(pointers(node.children), scope);
        for (const auto& other : built_.model.matches) {
            if (other.name == match.name)
                report_.error(node.arguments[0].span, "there are two matches " + in_quotes(match.name));
        }
        built_.model.matches.push_back(std::move(match));
    }

    void build_upstream(const Node& node, const Level& level) {
        Upstream upstream;
        upstream.name = node.arguments[0].text;
        upstream.resolver = level.resolver;
        const std::size_t before = report_.error_count();
        Scope scope{report_, directories_, built_.model, Context::upstream};
        scope.upstream = &upstream;
        apply(pointers(node.children), scope);
        if (!follows_names(upstream)) upstream.resolver = {};
        if (report_.error_count() == before) check_upstream(node, upstream, report_);
        if (upstream.endpoints.empty() && upstream.endpoints_file.empty() && report_.error_count() == before) {
            report_.error(
                node.span, "the upstream " + in_quotes(upstream.name) + " has no servers",
                syntax_ == Syntax::nginx ? "add a line \"server ADDRESS;\"" : "add servers = [\"ADDRESS\"]");
        }
        built_.model.upstreams.push_back(std::move(upstream));
        built_.origins.upstreams.push_back(node.arguments[0].span);
    }

    void build_server(const Node& node, const Level& outer) {
        Server server;
        Origins::ServerOrigin origin;
        origin.where = node.span;
        Level level = outer.inner();
        Scope scope{report_, directories_, built_.model, Context::server, &level};
        scope.server = &server;
        scope.listen_spans = &origin.listen;
        scope.name_spans = &origin.names;
        const auto blocks = apply(pointers(node.children), scope);
        if (server.listen.empty() && !has_child(node, "listen")) {
            server.listen.emplace_back();
            origin.listen.push_back(node.span);
        }
        server.limits = level.limits;
        server.tls = finished_server_tls(level, report_);
        server.settings = finished(level);
        for (const auto* block : blocks) {
            if (auto location = build_location(*block, level, server)) {
                server.locations.push_back(std::move(*location));
                origin.locations.push_back(block->arguments[0].span);
            }
        }
        built_.model.servers.push_back(std::move(server));
        built_.origins.servers.push_back(std::move(origin));
    }

    std::optional<Location> build_location(const Node& node, const Level& outer, Server& server) {
        Level level = outer.inner();
        Scope scope{report_, directories_, built_.model, Context::location, &level};
        scope.server = &server;
        auto location = read_location(node, scope);
        apply(pointers(node.children), scope);
        if (location) location->settings = finished(level);
        if (!level.settings.health_checks.empty() && !level.settings.proxy_pass)
            report_.error(node.span, "this location has a health_check and no proxy_pass");
        if (level.settings.metrics && level.settings.proxy_pass)
            report_.error(node.span, "this location has both metrics and proxy_pass", "give metrics a location of their own");
        return location;
    }

    static bool has_child(const Node& node, std::string_view name) {
        return std::any_of(node.children.begin(), node.children.end(),
                           [name](const Node& child) { return child.name == name; });
    }

    // The level's settings with the defaults of the syntax filled in where nothing was written.
    LocationSettings finished(const Level& level) {
        LocationSettings settings = level.settings;
        if (level.access_log_off) settings.access_log.clear();
        settings.proxy_set_header = level.header_rules.values();
        for (const auto& rule : default_header_rules(syntax_)) {
            const auto& rules = level.header_rules.values();
            const bool is_overridden =
                std::any_of(rules.begin(), rules.end(),
                            [&rule](const HeaderRule& own) { return same_name(own.name, rule.name); });
            if (!is_overridden) settings.proxy_set_header.push_back(rule);
        }
        settings.proxy_ssl_handshake_timeout =
            level.proxy_ssl_handshake_timeout.value_or(settings.proxy_connect_timeout);
        settings.proxy_handshake_timeout = level.proxy_handshake_timeout.value_or(settings.proxy_read_timeout);
        settings.tunnel_idle_timeout =
            level.tunnel_idle_timeout.value_or(default_tunnel_idle_timeout(syntax_, settings));
        settings.proxy_ssl = finished_upstream_tls(level, built_.model, report_);
        return settings;
    }

    // Runs the setters of a level's own directives; returns the blocks in it, which fit but are not entered.
    std::vector<const Node*> apply(const std::vector<const Node*>& nodes, Scope& scope) {
        std::vector<const Node*> blocks;
        std::map<const Directive*, const Node*> seen;
        for (const auto* node : nodes) {
            const Directive* row = find_directive(node->name, scope.context, syntax_);
            if (!row) {
                report_unplaced(*node, scope.context);
                continue;
            }
            if (!check_shape(*node, *row)) continue;
            const auto [first, is_first] = seen.emplace(row, node);
            if (!is_first && row->repeat == Directive::Repeat::once) {
                report_.error(node->span, in_quotes(row->name_in(syntax_)) + " is written twice",
                              "the first one is at " + report_.place(first->second->span));
                continue;
            }
            if (row->is_block()) {
                blocks.push_back(node);
            } else {
                row->set(*node, scope);
            }
        }
        return blocks;
    }

    void report_unplaced(const Node& node, Context context) {
        if (node.name == "location" && context == Context::location) {
            report_.error(node.span, "nested locations are not supported yet");
            return;
        }
        const auto allowed = allowed_contexts(node.name, syntax_);
        if (!allowed.empty()) {
            report_.error(node.span,
                          in_quotes(node.name) + " cannot stand in " + std::string(to_string(context)),
                          "it belongs into " + allowed);
            return;
        }
        if (is_known_to_nginx(node.name)) {
            // The one that stands above most configurations for WebSocket.
            report_.error(node.span, "the directive " + in_quotes(node.name) + " is not supported yet",
                          node.name != "map" ? ""
                                             : "where it is about Upgrade and Connection, write proxy_websocket on; "
                                               "in place of the rules for the two");
            return;
        }
        const Contexts candidates =
            context == Context::main ? Context::main | Context::http : Contexts(context);
        report_.error(node.span, "unknown directive " + in_quotes(node.name),
                      did_you_mean(node.name, directive_names(candidates, syntax_)));
    }

    bool check_shape(const Node& node, const Directive& row) {
        const std::string name = in_quotes(row.name_in(syntax_));
        if (row.is_block() && node.form == Node::Form::simple) {
            report_.error(node.span, name + " needs a block", "write " + std::string(row.name) + " ... { }");
            return false;
        }
        if (!row.is_block() && node.form == Node::Form::block) {
            report_.error(node.span, name + " takes no block", "end it with \";\"");
            return false;
        }
        const std::size_t count = node.arguments.size();
        if (count >= row.arity.min && count <= row.arity.max) return true;
        std::string hint = row.arguments.empty() ? "it takes none" : "it takes " + std::string(row.arguments);
        for (const auto& argument : node.arguments) {
            // A directive's name at the beginning of a later line: the semicolon before it is missing.
            if (argument.span.line > node.span.line && !allowed_contexts(argument.text, syntax_).empty()) {
                hint = "is a \";\" missing before " + in_quotes(argument.text) + " on line " +
                       std::to_string(argument.span.line) + "?";
                break;
            }
        }
        report_.error(node.span, name + " has the wrong number of arguments", std::move(hint));
        return false;
    }

    Syntax syntax_;
    const Directories& directories_;
    Report& report_;
    Built built_;
};

}  // namespace

std::string Scope::absolute(const std::string& path) const {
    return (std::filesystem::path(directories.prefix) / path).lexically_normal().string();
}

std::string Scope::beside_configuration(const std::string& path) const {
    return (std::filesystem::path(directories.configuration) / path).lexically_normal().string();
}

Result<Address> Scope::absolute(Address address) const {
    const auto* local = std::get_if<UnixAddress>(&address);
    if (!local) return address;
    return parse_address("unix:" + absolute(local->path));
}

Built build(const std::vector<Node>& nodes, Syntax syntax, const Directories& directories, Report& report) {
    return Builder(syntax, directories, report).build(nodes);
}

}  // namespace config
