// Every TLS context that a configuration needs, made before the configuration goes to work.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/model.hpp"
#include "net/ticket_keys.hpp"
#include "proxy/accept/tls_server.hpp"
#include "upstream/connect/tls_client.hpp"

namespace proxy::route {

class TlsSetup {
 public:
    TlsSetup() = default;

    /// Reads all certificates and keys. The error is one sentence for each thing that is wrong.
    static boost::system::result<TlsSetup, std::vector<std::string>> make(
        const config::Model& model, const std::shared_ptr<net::TicketKeys>& ticket_keys);

    /// For the server at that place of Model::servers; null where it offers no TLS.
    std::shared_ptr<const accept::TlsServer> server(std::size_t index) const;

    /// For a location whose proxy_pass says https, or for a health check that speaks TLS, with the proxy_ssl_ settings of
    /// the location. Those with equal settings share one; null where neither has them.
    std::shared_ptr<upstream::TlsClient> client(const config::UpstreamTls& settings) const;

 private:
    void add_client(const config::UpstreamTls& settings, std::vector<std::string>& errors);

    std::vector<std::shared_ptr<const accept::TlsServer>> servers_;
    std::vector<std::pair<config::UpstreamTls, std::shared_ptr<upstream::TlsClient>>> clients_;
};

/// Keys for the tickets of a process that starts with this model: they rotate with its longest ssl_session_timeout.
std::shared_ptr<net::TicketKeys> make_ticket_keys(const config::Model& model);

}  // namespace proxy::route
