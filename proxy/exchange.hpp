// One request on its way through the proxy, and what has become of it so far.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "net/stream.hpp"
#include "proxy/http/message_reader.hpp"
#include "proxy/http/request_rules.hpp"
#include "proxy/http/response_head.hpp"
#include "proxy/lifecycle/generation.hpp"
#include "proxy/route/request_view.hpp"
#include "proxy/tunnel/tunnel.hpp"
#include "upstream/connect/keepalive.hpp"
#include "upstream/affinity/mark.hpp"

namespace proxy {

/// How a request wants to be upgraded.
enum class UpgradeWish {
    none,
    websocket,  ///< a handshake that has been judged valid
    by_rules,   ///< the header rules of the location make it one (nginx)
};

/// What binds a request to an endpoint (nginx: sticky).
struct Binding {
    std::optional<upstream::Mark> mark{};     ///< of the endpoint
    std::optional<upstream::Mark> session{};  ///< of the session by which it is bound
};

struct Exchange {
    // given
    net::Executor executor;
    net::DeadlineQueue& deadlines;
    std::size_t worker;
    upstream::KeptConnections& kept;
    std::shared_ptr<lifecycle::Generation> generation;
    net::Stream& client;
    http::RequestReader& reader;
    const route::ClientAddress& address;
    std::uint64_t connection;
    unsigned request_number;

    // learned from the request
    const http::RequestHead* head = nullptr;
    http::Target target{};
    http::Framing framing{};
    const route::VirtualServer* server = nullptr;
    const route::RoutedLocation* location = nullptr;
    UpgradeWish upgrade = UpgradeWish::none;
    Binding binding{};

    // what has become of it
    const upstream::Endpoint* endpoint = nullptr;  ///< that it was sent to; valid until forward() returns
    http::Persistence persistence = http::Persistence::close;
    unsigned status = 0;            ///< of the response; 0 while there is none
    std::uint64_t body_sent = 0;    ///< bytes of the response body sent to the client
    bool response_begun = false;    ///< some of a final response has been sent
    bool is_explained = false;      ///< the error log has a line about its failure
    std::chrono::seconds retry_after{0};  ///< what to tell a client that was turned away; 0: nothing
    std::unique_ptr<tunnel::Tunnel> tunnel{};

    route::RequestView view() const {
        const auto& pass = location->settings->proxy_pass;
        return {*head,          target,         address,
                connection,     request_number, server->name(),
                pass ? std::string_view(pass->host) : std::string_view(), static_cast<std::uint16_t>(pass && pass->tls ? 443 : 80),
                client.tls()};
    }
    /// For the error log, in nginx's form: whose request it was, and which.
    std::string in_words() const {
        std::string text = ", client: " + address.remote_host;
        if (server != nullptr) text += ", server: " + server->name();
        if (head != nullptr) text += ", request: \"" + head->line() + '"';
        return text;
    }
    http::Version client_version() const { return head != nullptr ? head->version : http::Version::http_1_1; }
};

}  // namespace proxy
