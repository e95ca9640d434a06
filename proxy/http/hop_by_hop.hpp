// Which fields concern one hop only and are removed by a proxy (RFC 9110, 7.6.1).
#pragma once

#include "proxy/http/fields.hpp"

namespace proxy::http {

/// `fields` are those it came with: Connection lists further names. Host and the framing fields cannot be listed away.
bool is_hop_by_hop(std::string_view name, const Fields& fields);

/// Content-Length and Transfer-Encoding: never copied, always written anew.
bool is_framing(std::string_view name);

}  // namespace proxy::http
