// The list of hop-by-hop fields.
#include "proxy/http/hop_by_hop.hpp"

namespace proxy::http {

bool is_framing(std::string_view name) {
    return equal_names(name, "Content-Length") || equal_names(name, "Transfer-Encoding");
}

bool is_hop_by_hop(std::string_view name, const Fields& fields) {
    // Close is no field, but its name is reserved: beside "Connection: close" it would be taken for one that is listed there.
    static constexpr std::string_view always[] = {"Connection", "Close",   "Keep-Alive", "Proxy-Connection",
                                                  "TE",         "Upgrade", "Transfer-Encoding"};
    for (const std::string_view other : always)
        if (equal_names(name, other)) return true;
    if (equal_names(name, "Host") || is_framing(name)) return false;
    return fields.lists("Connection", name);
}

}  // namespace proxy::http
