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

/// Connects to the endpoint of `lease`, to which `to` leads. An endpoint may be one address of a name that has others: when
/// no connection has come about after 250 ms, or none will, an address of the other family is tried beside it, the first
/// that connects wins, and `lease` is then on that one (RFC 8305). Given up when the client goes away. On failure `lease` is
/// on the endpoint that the failure is about; what went wrong with the other has been told to `choice`.
net::Task<net::Result<Reached>> reach(Exchange& exchange, EndpointChoice& choice, upstream::Lease& lease,
                                      upstream::Destination to);

}  // namespace proxy::http
