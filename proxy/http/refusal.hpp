// An answer that is left unread because another endpoint may have a better one, as an error code.
#pragma once

#include <boost/system/error_code.hpp>

namespace proxy::http {

/// The error that stands for an endpoint's answer with `status`, a final one.
boost::system::error_code refused_with(unsigned status);

/// The status of such an error; 0 for any other.
unsigned refusal_status(const boost::system::error_code& error);

}  // namespace proxy::http
