// The head of a response as the client gets it.
#pragma once

#include <string>

#include "proxy/http/framing.hpp"

namespace proxy::http {

enum class Persistence { keep_alive, close };

/// How the body goes to the client: as the upstream framed it where the client understands that.
BodyEnd client_body_end(const Framing& from_upstream, Version client);

/// Head of a final response: fields in order and case, hop-by-hop fields removed, framing and Connection added.
/// Response to HEAD and 304 keep the Content-Length that says how long the body would have been.
std::string client_response_head(const ResponseHead& head, BodyEnd body_end, Version client, Persistence persistence);

/// Head of an interim (1xx) response, without Connection.
std::string client_interim_head(const ResponseHead& head);

/// Head of a 101: everything as it came.
std::string client_upgrade_head(const ResponseHead& head);

}  // namespace proxy::http
