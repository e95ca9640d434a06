// The endpoints that one request may go to, one after the other, each with a lease.
#pragma once

#include <optional>
#include <string>

#include <boost/container/small_vector.hpp>

#include "proxy/exchange.hpp"
#include "upstream/pool.hpp"

namespace proxy::http {

class EndpointChoice {
 public:
    explicit EndpointChoice(const Exchange& exchange);

    /// A lease on an endpoint that was not given out before; nothing where none can be had without waiting.
    std::optional<upstream::Lease> next();

    /// The same, where next() gave none: waits in the pool's queue if the endpoints left are at their max_conns (nginx:
    /// queue). Errors: no_live_endpoint, queue_full, queue_timed_out; connection_reset of the client when it goes away
    /// while it waits.
    net::Task<net::Result<upstream::Lease>> wait_for_next();

    /// A lease on another address of the same host and port, of the other family; nothing where there is none to be had
    /// now.
    std::optional<upstream::Lease> other_family(const upstream::Endpoint& endpoint);

    /// Writes down what went wrong with an endpoint.
    void tell(const upstream::Endpoint& endpoint, const net::Failure& failure) const;

    /// The same, and counts it where it is the endpoint's doing.
    void failed(upstream::Endpoint& endpoint, const net::Failure& failure) const;

    /// Counts a failure of an endpoint, and writes down what comes of it (nginx: "temporarily disabled").
    void blame(upstream::Endpoint& endpoint) const;

    /// Whether proxy_next_upstream, its tries and its time let the request go on after this failure.
    bool may_go_on(const net::Failure& failure) const;

    /// Whether an endpoint that was not given out before could be had without waiting.
    bool has_another() const;

 private:
    std::optional<upstream::Lease> pick();
    net::Failure refused(net::ErrorCode error) const;

    const Exchange& exchange_;
    upstream::Pool& pool_;
    net::TimePoint begun_;
    std::string hashed_;  // what the key of `hash` comes to
    boost::container::small_vector<std::shared_ptr<upstream::Endpoint>, 4> tried_;
};

}  // namespace proxy::http
