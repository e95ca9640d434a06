// Errors of OpenSSL, and alerts of TLS, as error codes.
#pragma once

#include "net/failure.hpp"

namespace net {

/// The message is OpenSSL's own words, alerts included.
const boost::system::error_category& tls_category();

/// The oldest error in OpenSSL's queue of this thread, which is emptied.
ErrorCode take_tls_error();

/// An error by its reason (SSL_R_...), as OpenSSL would have reported it.
ErrorCode tls_error(int reason);

/// A certificate that has been refused, by the verdict on it (X509_V_ERR_...); the message says why.
ErrorCode certificate_error(long verdict);

/// An alert that the other side has sent, by its number (RFC 8446, 6).
ErrorCode alert_error(unsigned char description);

}  // namespace net
