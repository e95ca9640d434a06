// The TLS handshake of an accepted connection, with the choice of the virtual server by name.
#pragma once

#include "net/stream.hpp"
#include "net/tls_context.hpp"

namespace proxy::route {
class ListenerServers;
class VirtualServer;
}  // namespace proxy::route

namespace proxy::accept {

/// Installs the look at the ClientHello into a server's context: the name it asks for (SNI, RFC 6066, 3) chooses the
/// virtual server before anything is negotiated.
void select_server_by_name(net::TlsContext& context);

/// Performs the handshake. Errors: OpenSSL's, alerts included; timed_out after ssl_handshake_timeout of the default
/// server; plain_on_tls_port, with nothing read, when the first byte is not one of TLS.
net::Task<net::IoResult<>> accept_tls(net::Stream& stream, const route::ListenerServers& servers);

/// Judges the client certificate of a session as the server that a request was routed to asks (ssl_verify_client);
/// `session` is null for a plain connection. Errors: bad_certificate, no_certificate; misdirected for a request to a
/// server that verifies clients over a session that was made with one that does not (RFC 9110, 15.5.20).
net::ErrorCode judge_client_certificate(SSL* session, const route::VirtualServer& server);

}  // namespace proxy::accept
