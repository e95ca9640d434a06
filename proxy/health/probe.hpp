// One probe of one endpoint: TCP, HTTP or WebSocket, as a health check says.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "net/address.hpp"
#include "net/stream.hpp"
#include "proxy/health/response_match.hpp"
#include "upstream/connect/tls_client.hpp"

namespace proxy::health {

/// What all probes of one health check have in common.
struct ProbePlan {
    config::HealthCheck check;
    std::string host;                           ///< what the request says
    ResponseMatch test{};                        ///< http
    std::optional<config::Pattern> expected{};  ///< websocket
    std::shared_ptr<upstream::TlsClient> tls{};  ///< null: plain
    std::string tls_name{};
    config::ProxyProtocol proxy_protocol = config::ProxyProtocol::off;
    std::vector<net::SocketAddress> sources{};  ///< proxy_bind: as for requests, those of the endpoint's family
};

struct ProbeOutcome {
    enum class Kind {
        passed,
        failed,
        inconclusive,  ///< the proxy's own trouble, that says nothing about the endpoint
    };
    Kind kind = Kind::passed;
    std::string reason{};  ///< why it has not passed, for the log
};

/// Connects to `address`, or to the plan's port of it, and comes to an outcome within the plan's timeout. A WebSocket
/// that has passed is closed in order (1000) before this returns, within a second.
net::Task<ProbeOutcome> probe(net::Executor executor, net::DeadlineQueue& deadlines,
                              std::shared_ptr<const ProbePlan> plan, net::SocketAddress address);

}  // namespace proxy::health
