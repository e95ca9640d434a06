// Duplicates and conflicts between listeners, server names, locations and upstreams.
#include "config/validator.hpp"

#include "config/letter_case.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace config {
namespace {

class Validator {
  public:
    Validator(Model& model, const Origins& origins, Report& report)
        : model_(model), origins_(origins), report_(report) {}

    void run() {
        check_upstreams();
        for (std::size_t i = 0; i < model_.servers.size(); ++i) {
            check_listeners_of(i);
            check_locations_of(i);
        }
        check_default_servers();
        share_socket_options();
        check_server_names();
    }

  private:
    std::string first_at(const Span& where) const { return "the first one is at " + report_.place(where); }

    void check_upstreams() {
        std::map<std::string, Span> seen;
        for (std::size_t i = 0; i < origins_.upstreams.size(); ++i) {
            const auto& name = model_.upstreams[i].name;
            const auto& where = origins_.upstreams[i];
            // A pool made for a socket is called unix:/path, and printed like that.
            const std::string_view bad = name.starts_with("unix:") ? "#$" : "/?#$";
            const bool is_bad = name.empty() || std::any_of(name.begin(), name.end(), [bad](char c) {
                                    const auto byte = static_cast<unsigned char>(c);
                                    return byte <= 0x20 || byte == 0x7F || bad.find(c) != bad.npos;
                                });
            if (is_bad) {
                report_.error(where, "invalid name of an upstream \"" + name + "\"",
                              "it becomes part of a URL: http://NAME");
            }
            const auto [first, is_first] = seen.emplace(lower(name), where);
            if (!is_first) {
                report_.error(where, "there are two upstreams \"" + name + "\"", first_at(first->second));
            }
        }
    }

    void check_listeners_of(std::size_t server) {
        std::map<std::string, Span> seen;
        const auto& listen = model_.servers[server].listen;
        for (std::size_t i = 0; i < listen.size(); ++i) {
            const auto& where = origins_.servers[server].listen[i];
            const auto address = to_string(listen[i].address);
            const auto [first, is_first] = seen.emplace(address, where);
            if (!is_first) {
                report_.error(where, "this server listens on " + address + " twice", first_at(first->second));
            }
        }
    }

    void check_locations_of(std::size_t server) {
        std::map<std::pair<LocationMatch, std::string>, Span> seen;
        const auto& locations = model_.servers[server].locations;
        for (std::size_t i = 0; i < locations.size(); ++i) {
            const auto& where = origins_.servers[server].locations[i];
            const auto [first, is_first] =
                seen.emplace(std::pair(locations[i].match, locations[i].path), where);
            if (!is_first) {
                report_.error(where, "there are two locations \"" + locations[i].path + "\" in this server",
                              first_at(first->second));
            }
        }
    }

    template <class Visit>
    void for_each_listen(Visit visit) {
        for (std::size_t s = 0; s < model_.servers.size(); ++s) {
            auto& listen = model_.servers[s].listen;
            for (std::size_t i = 0; i < listen.size(); ++i) {
                visit(s, listen[i], origins_.servers[s].listen[i]);
            }
        }
    }

    void check_default_servers() {
        std::map<std::string, Span> seen;
        for_each_listen([&](std::size_t, Listen& listen, const Span& where) {
            if (!listen.default_server) return;
            const auto address = to_string(listen.address);
            const auto [first, is_first] = seen.emplace(address, where);
            if (!is_first) {
                report_.error(where, "there are two default servers for " + address, first_at(first->second));
            }
        });
    }

    // One socket has one backlog: what one server says about an address holds for all of them.
    void share_socket_options() {
        const Listen unset;
        std::map<std::string, std::pair<Listen, Span>> options;
        for_each_listen([&](std::size_t, Listen& listen, const Span& where) {
            if (listen.backlog == unset.backlog && listen.ipv6_only == unset.ipv6_only) return;
            const auto [first, is_first] =
                options.emplace(to_string(listen.address), std::pair(listen, where));
            const auto& other = first->second.first;
            if (!is_first &&
                std::tie(other.backlog, other.ipv6_only) != std::tie(listen.backlog, listen.ipv6_only)) {
                report_.error(where, "this listener has other socket options elsewhere",
                              first_at(first->second.second));
            }
        });
        for_each_listen([&](std::size_t, Listen& listen, const Span&) {
            const auto found = options.find(to_string(listen.address));
            if (found == options.end()) return;
            listen.backlog = found->second.first.backlog;
            listen.ipv6_only = found->second.first.ipv6_only;
        });
    }

    // nginx only warns: the first server with a name gets the requests for it.
    void check_server_names() {
        struct Claim {
            std::size_t server;
            Span where;
        };
        std::map<std::pair<std::string, std::string>, Claim> seen;
        for_each_listen([&](std::size_t s, Listen& listen, const Span& where) {
            const auto address = to_string(listen.address);
            const auto& names = model_.servers[s].names;
            const auto claim = [&](const std::string& name, const Span& at) {
                const auto [first, is_first] = seen.emplace(std::pair(address, name), Claim{s, at});
                if (is_first || first->second.server == s) return;
                report_.warning(at, "conflicting server name \"" + name + "\" on " + address + ", ignored",
                                first_at(first->second.where));
            };
            if (names.empty()) claim("", where);
            for (std::size_t i = 0; i < names.size(); ++i) claim(names[i].name, origins_.servers[s].names[i]);
        });
    }

    Model& model_;
    const Origins& origins_;
    Report& report_;
};

}  // namespace

void validate(Model& model, const Origins& origins, Report& report) {
    Validator(model, origins, report).run();
}

}  // namespace config
