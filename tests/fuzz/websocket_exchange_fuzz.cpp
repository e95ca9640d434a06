// Fuzz target: any bytes from an endpoint behind its 101, cut in two, into the WebSocket probe.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proxy/health/websocket_exchange.hpp"

namespace {

using proxy::health::WebSocketExchange;

WebSocketExchange::State verdict(std::string_view first, std::string_view second) {
    WebSocketExchange exchange("", {}, config::HealthCheck::Ping::sent);
    exchange.receive(first);
    exchange.receive(second);
    if ((exchange.state() == WebSocketExchange::State::failed) == exchange.problem().empty()) std::abort();
    return exchange.state();
}

}  // namespace

// Where the bytes are cut changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = size == 0 ? 0 : data[0] % size;
    if (verdict(bytes, {}) != verdict(bytes.substr(0, cut), bytes.substr(cut))) std::abort();
    return 0;
}
