// Making TLS contexts for servers and locations.
#include "proxy/route/tls_setup.hpp"

#include <algorithm>
#include <optional>

#include "config/tls_use.hpp"

namespace proxy::route {

namespace {

const config::Listen* tls_listen(const config::Server& server) {
    const auto found = std::find_if(server.listen.begin(), server.listen.end(),
                                    [](const config::Listen& listen) { return listen.tls; });
    return found == server.listen.end() ? nullptr : &*found;
}

const config::Server* default_server_of(const config::Model& model, const config::Address& address) {
    const config::Server* first = nullptr;
    for (const config::Server& server : model.servers)
        for (const config::Listen& listen : server.listen) {
            if (listen.address != address) continue;
            if (listen.default_server) return &server;
            if (first == nullptr) first = &server;
        }
    return first;
}

// What a server offers on its listeners with TLS; nothing where it has none. As in nginx, the certificates of the
// default server serve those without their own, and everything else stays theirs: who verifies clients goes on doing so.
std::optional<config::ServerTls> offered_tls(const config::Model& model, const config::Server& server) {
    const config::Listen* const listen = tls_listen(server);
    if (listen == nullptr) return std::nullopt;
    config::ServerTls tls = server.tls;
    if (tls.certificates.empty() && !tls.reject_handshake)
        tls.certificates = default_server_of(model, listen->address)->tls.certificates;
    return tls;
}

}  // namespace

boost::system::result<TlsSetup, std::vector<std::string>> TlsSetup::make(
    const config::Model& model, const std::shared_ptr<net::TicketKeys>& ticket_keys) {
    TlsSetup setup;
    std::vector<std::string> errors;
    for (const config::Server& server : model.servers) {
        auto& made = setup.servers_.emplace_back();
        if (const auto offered = offered_tls(model, server)) {
            const auto tls = accept::TlsServer::make(*offered, ticket_keys);
            if (tls)
                made = *tls;
            else
                errors.push_back(tls.error());
        }
        for (const config::Location& location : server.locations)
            if (config::speaks_tls_to_endpoints(model, location.settings))
                setup.add_client(location.settings.proxy_ssl, errors);
    }
    if (!errors.empty()) return errors;
    return setup;
}

void TlsSetup::add_client(const config::UpstreamTls& settings, std::vector<std::string>& errors) {
    if (client(settings) != nullptr) return;
    const auto made = upstream::TlsClient::make(settings);
    if (made)
        clients_.emplace_back(settings, *made);
    else
        errors.push_back(made.error());
}

std::shared_ptr<const accept::TlsServer> TlsSetup::server(std::size_t index) const {
    return index < servers_.size() ? servers_[index] : nullptr;
}

std::shared_ptr<upstream::TlsClient> TlsSetup::client(const config::UpstreamTls& settings) const {
    const auto known = std::find_if(clients_.begin(), clients_.end(),
                                    [&](const auto& entry) { return entry.first == settings; });
    return known == clients_.end() ? nullptr : known->second;
}

std::shared_ptr<net::TicketKeys> make_ticket_keys(const config::Model& model) {
    std::chrono::seconds longest{300};
    for (const config::Server& server : model.servers) longest = std::max(longest, server.tls.session_timeout);
    return std::make_shared<net::TicketKeys>(longest);
}

}  // namespace proxy::route
