// Building the look-up tables of a router, and looking up.
#include "proxy/route/router.hpp"

#include <algorithm>
#include <atomic>

#include "proxy/observe/error_log.hpp"
#include "proxy/route/header_rules.hpp"

namespace proxy::route {

namespace {

std::shared_ptr<const observe::AccessLogs> open_logs(const config::LocationSettings& settings,
                                                     observe::LogFiles& files) {
    auto logs = std::make_shared<observe::AccessLogs>();
    for (const config::AccessLog& log : settings.access_log) {
        auto file = files.open(log.path);
        if (file)
            logs->push_back(*file);
        else
            observe::log(config::LogLevel::emerg, "open() \"" + log.path + "\" failed: " + file.error().message());
    }
    return logs;
}

RoutedLocation make_location(const config::LocationSettings& settings, const std::string& path,
                             const upstream::Registry& registry, const TlsSetup& tls, observe::LogFiles& files) {
    static std::atomic<std::uint64_t> made{0};
    RoutedLocation routed;
    routed.number = ++made;
    routed.settings = &settings;
    routed.path = path;
    routed.rules = effective_rules(settings);
    routed.sources = source_addresses(settings);
    if (settings.proxy_pass && settings.proxy_pass->tls) routed.tls = tls.client(settings.proxy_ssl);
    if (settings.proxy_pass) routed.pool = registry.pool(settings.proxy_pass->upstream);
    routed.logs = open_logs(settings, files);
    return routed;
}

}  // namespace

std::vector<net::SocketAddress> source_addresses(const config::LocationSettings& location) {
    std::vector<net::SocketAddress> sources;
    for (const std::string& source : location.proxy_bind)
        sources.push_back(net::tcp_address(boost::asio::ip::make_address(source), 0));
    return sources;
}

VirtualServer::VirtualServer(const config::Server& server, const upstream::Registry& registry,
                             const TlsSetup& tls_setup, std::shared_ptr<const accept::TlsServer> tls,
                             observe::LogFiles& files)
    : limits_(server.limits),
      name_(server.names.empty() ? "" : server.names.front().name),
      unmatched_(make_location(server.settings, "", registry, tls_setup, files)),
      tls_(std::move(tls)) {
    for (const config::Location& location : server.locations) {
        RoutedLocation routed = make_location(location.settings, location.path, registry, tls_setup, files);
        if (location.match == config::LocationMatch::exact)
            exact_.emplace(location.path, std::move(routed));
        else
            prefixes_.push_back(std::move(routed));
    }
    std::stable_sort(prefixes_.begin(), prefixes_.end(), [](const RoutedLocation& left, const RoutedLocation& right) {
        return left.path.size() > right.path.size();
    });
}

const RoutedLocation& VirtualServer::location(std::string_view path) const {
    if (!exact_.empty()) {
        const auto exact = exact_.find(std::string(path));
        if (exact != exact_.end()) return exact->second;
    }
    for (const RoutedLocation& prefix : prefixes_)
        if (path.starts_with(prefix.path)) return prefix;
    return unmatched_;
}

const RoutedLocation* VirtualServer::location_with_slash(std::string_view path) const {
    const std::string_view matched = location(path).path;
    if (matched == path) return nullptr;
    for (const RoutedLocation& prefix : prefixes_)
        if (prefix.pool && prefix.path.size() == path.size() + 1 && prefix.path.back() == '/' &&
            prefix.path.starts_with(path))
            return &prefix;
    return nullptr;
}

void ListenerServers::add(const config::Server& server, const std::shared_ptr<const VirtualServer>& routed,
                          const config::Listen& listen) {
    if (!default_ || (listen.default_server && !default_is_explicit_)) default_ = routed;
    default_is_explicit_ = default_is_explicit_ || listen.default_server;
    tls_ = tls_ || listen.tls;
    using Kind = config::ServerName::Kind;
    // emplace keeps the first of conflicting names, as nginx does.
    for (const config::ServerName& name : server.names) {
        switch (name.kind) {
            case Kind::exact: exact_.emplace(name.name, routed); break;
            case Kind::leading_wildcard: leading_.emplace(name.name.substr(1), routed); break;
            case Kind::trailing_wildcard:
                trailing_.emplace(name.name.substr(0, name.name.size() - 1), routed);
                break;
            case Kind::suffix:  // ".example.com" is example.com and *.example.com
                exact_.emplace(name.name.substr(1), routed);
                leading_.emplace(name.name, routed);
                break;
        }
    }
}

const VirtualServer& ListenerServers::find(std::string_view host) const {
    const std::string name(host);
    const auto exact = exact_.find(name);
    if (exact != exact_.end()) return *exact->second;
    if (!leading_.empty())
        for (std::size_t dot = name.find('.', 1); dot != name.npos; dot = name.find('.', dot + 1)) {
            const auto found = leading_.find(name.substr(dot));
            if (found != leading_.end()) return *found->second;
        }
    if (!trailing_.empty())
        for (std::size_t dot = name.rfind('.'); dot != name.npos && dot > 0; dot = name.rfind('.', dot - 1)) {
            const auto found = trailing_.find(name.substr(0, dot + 1));
            if (found != trailing_.end()) return *found->second;
        }
    return *default_;
}

Router::Router(const config::Model& model, const upstream::Registry& registry, const TlsSetup& tls,
               observe::LogFiles& files) {
    for (std::size_t i = 0; i < model.servers.size(); ++i) {
        const config::Server& server = model.servers[i];
        const auto routed = std::make_shared<const VirtualServer>(server, registry, tls, tls.server(i), files);
        for (const config::Listen& listen : server.listen)
            listeners_[config::to_string(listen.address)].add(server, routed, listen);
    }
}

const ListenerServers* Router::listener(const std::string& address) const {
    const auto found = listeners_.find(address);
    return found == listeners_.end() ? nullptr : &found->second;
}

net::Duration Router::header_timeout(const std::string& address) const {
    const ListenerServers* servers = listener(address);
    return servers == nullptr ? net::Duration(0) : servers->default_server().limits().client_header_timeout;
}

}  // namespace proxy::route
