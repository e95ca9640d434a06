// From a listener, a host and a path to the location that serves the request.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/model.hpp"
#include "proxy/observe/access_log.hpp"
#include "proxy/route/tls_setup.hpp"
#include "upstream/registry.hpp"

namespace proxy::route {

/// The addresses of proxy_bind, without a port.
std::vector<net::SocketAddress> source_addresses(const config::LocationSettings& location);

/// A location with all that it names looked up.
struct RoutedLocation {
    std::uint64_t number = 0;  ///< no other location has it, whichever generation it belongs to
    const config::LocationSettings* settings = nullptr;
    std::string path;                       ///< the prefix or exact path that it matches
    std::vector<config::HeaderRule> rules;  ///< effective_rules()
    std::vector<net::SocketAddress> sources;  ///< proxy_bind
    std::shared_ptr<upstream::Pool> pool;   ///< null where there is no proxy_pass
    std::shared_ptr<upstream::TlsClient> tls;  ///< null unless proxy_pass says https
    std::shared_ptr<const observe::AccessLogs> logs;
};

/// A virtual server with its locations in the order in which they are tried.
class VirtualServer {
 public:
    VirtualServer(const config::Server& server, const upstream::Registry& registry, const TlsSetup& tls_setup,
                  std::shared_ptr<const accept::TlsServer> tls, observe::LogFiles& files);

    const config::RequestLimits& limits() const { return limits_; }
    const std::string& name() const { return name_; }

    /// TLS as this server offers it; null without a certificate (and without ssl_reject_handshake).
    const accept::TlsServer* tls() const { return tls_.get(); }

    /// The exact location, else the longest prefix, else the settings of the server itself.
    const RoutedLocation& location(std::string_view path) const;

    /// The proxied location ("/chat/") that such a path ("/chat") lacks only the slash of, or null. The client is
    /// then sent there (nginx: location).
    const RoutedLocation* location_with_slash(std::string_view path) const;

 private:
    config::RequestLimits limits_;
    std::string name_;
    std::unordered_map<std::string, RoutedLocation> exact_;
    std::vector<RoutedLocation> prefixes_;  // longest first
    RoutedLocation unmatched_;
    std::shared_ptr<const accept::TlsServer> tls_;
};

/// The virtual servers of one listening address.
class ListenerServers {
 public:
    void add(const config::Server& server, const std::shared_ptr<const VirtualServer>& routed,
             const config::Listen& listen);

    /// Whether connections begin with a TLS handshake.
    bool tls() const { return tls_; }

    const VirtualServer& default_server() const { return *default_; }

    /// nginx's order: exact name, longest name with a leading wildcard, longest with a trailing one, the default.
    const VirtualServer& find(std::string_view host) const;

 private:
    using Names = std::unordered_map<std::string, std::shared_ptr<const VirtualServer>>;
    Names exact_;
    Names leading_;   // ".example.com" for *.example.com
    Names trailing_;  // "www.example." for www.example.*
    std::shared_ptr<const VirtualServer> default_;
    bool default_is_explicit_ = false;
    bool tls_ = false;
};

class Router {
 public:
    /// Opens the access logs that the model names; one that cannot be opened is reported in the error log.
    Router(const config::Model& model, const upstream::Registry& registry, const TlsSetup& tls,
           observe::LogFiles& files);

    /// The servers of a listener, by its configured address as text. Null for one that this configuration lacks.
    const ListenerServers* listener(const std::string& address) const;

    /// client_header_timeout of the default server of a listener; 0 for one that this configuration lacks.
    net::Duration header_timeout(const std::string& address) const;

 private:
    std::map<std::string, ListenerServers> listeners_;
};

}  // namespace proxy::route
