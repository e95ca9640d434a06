// A connection to the endpoint that was chosen: a kept one, or a new one with all that the location asks for.
#pragma once

#include "proxy/exchange.hpp"
#include "proxy/http/endpoint_choice.hpp"

namespace proxy::http {

struct Reached {
    upstream::Destination destination;
    upstream::UpstreamConnection connection;
    net::TimePoint begun;  // when this endpoint was turned to
};

/// What a connection for this request has to lead to.
upstream::Destination destination(const Exchange& exchange, const upstream::Endpoint& endpoint);

/// A kept connection that leads there; nothing when there is none, and only then `to` is left.
std::optional<Reached> take_kept(Exchange& exchange, upstream::Destination& to);

/// A connection of its own for one request, on its way.
struct Attempt {
    upstream::Destination destination;
    upstream::SourcePorts::Hold port;
    std::unique_ptr<net::Stream> stream;
    net::TimePoint begun;
    net::IoResult<> outcome;  // in_progress until it is known

    bool is_under_way() const;
    Reached reached(net::TimePoint now) &&;
};

/// Begins to connect. Most often that is all there is to it.
net::Result<Attempt> begin_attempt(Exchange& exchange, upstream::Destination to);

/// Whether it has connected, and nothing has to be said before the request.
bool is_complete(const Exchange& exchange, const Attempt& attempt);

/// Waits for one that was begun to the endpoint of `lease`. An endpoint may be one address of a name that has others: when
/// no connection has come about after 250 ms, or none will, an address of the other family is tried beside it, the first
/// that connects wins, and `lease` is then on that one (RFC 8305). Given up when the client goes away. On failure `lease` is
/// on the endpoint that the failure is about; what went wrong with the other has been told to `choice`.
net::Task<net::Result<Attempt>> finish_attempt(Exchange& exchange, EndpointChoice& choice, upstream::Lease& lease,
                                               Attempt attempt);

}  // namespace proxy::http
