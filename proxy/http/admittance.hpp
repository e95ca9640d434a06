// Letting a request in to its pool, or letting it wait for that.
#pragma once

#include "proxy/exchange.hpp"
#include "upstream/admission/admission.hpp"

namespace proxy::http {

/// For pools whose admission is limited. What the request holds until it is answered: the head of a response has come, or
/// the 101 has gone. Errors: admission_queue_full and admission_timed_out, whose advice stands in exchange.retry_after;
/// connection_reset of a client that went away while it waited.
net::Task<net::Result<upstream::Admission::Permit>> be_admitted(Exchange& exchange);

}  // namespace proxy::http
