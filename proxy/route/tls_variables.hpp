// Values of the $ssl_... variables.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "config/variable.hpp"

namespace proxy::route {

/// The value for a session, "" for a plain connection (null) and for what the session does not have.
std::string tls_value(config::Variable variable, SSL* session);

}  // namespace proxy::route
