// Making TLS contexts for servers and locations.
#include "proxy/route/tls_setup.hpp"

#include <algorithm>

namespace proxy::route {

namespace {

bool offers_tls(const config::Server& server) {
    return std::any_of(server.listen.begin(), server.listen.end(), [](const config::Listen& listen) { return listen.tls; }) &&
           (!server.tls.certificates.empty() || server.tls.reject_handshake);
}

}  // namespace

boost::system::result<TlsSetup, std::vector<std::string>> TlsSetup::make(
    const config::Model& model, const std::shared_ptr<net::TicketKeys>& ticket_keys) {
    TlsSetup setup;
    std::vector<std::string> errors;
    for (const config::Server& server : model.servers) {
        auto& made = setup.servers_.emplace_back();
        if (offers_tls(server)) {
            const auto tls = accept::TlsServer::make(server.tls, ticket_keys);
            if (tls)
                made = *tls;
            else
                errors.push_back(tls.error());
        }
        for (const config::Location& location : server.locations) setup.add_client(location.settings, errors);
    }
    if (!errors.empty()) return errors;
    return setup;
}

void TlsSetup::add_client(const config::LocationSettings& settings, std::vector<std::string>& errors) {
    if (!settings.proxy_pass || !settings.proxy_pass->tls || client(settings) != nullptr) return;
    const auto made = upstream::TlsClient::make(settings.proxy_ssl);
    if (made)
        clients_.emplace_back(settings.proxy_ssl, *made);
    else
        errors.push_back(made.error());
}

std::shared_ptr<const accept::TlsServer> TlsSetup::server(std::size_t index) const {
    return index < servers_.size() ? servers_[index] : nullptr;
}

std::shared_ptr<upstream::TlsClient> TlsSetup::client(const config::LocationSettings& settings) const {
    if (!settings.proxy_pass || !settings.proxy_pass->tls) return nullptr;
    const auto known = std::find_if(clients_.begin(), clients_.end(),
                                    [&](const auto& entry) { return entry.first == settings.proxy_ssl; });
    return known == clients_.end() ? nullptr : known->second;
}

std::shared_ptr<net::TicketKeys> make_ticket_keys(const config::Model& model) {
    std::chrono::seconds longest{300};
    for (const config::Server& server : model.servers) longest = std::max(longest, server.tls.session_timeout);
    return std::make_shared<net::TicketKeys>(longest);
}

}  // namespace proxy::route
