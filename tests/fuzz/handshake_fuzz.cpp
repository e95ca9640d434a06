// Fuzz target: any bytes as the request and the response of a WebSocket handshake.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "proxy/http/message_parser.hpp"
#include "proxy/websocket/handshake.hpp"

namespace {

namespace websocket = proxy::websocket;

void require(bool holds) {
    if (!holds) std::abort();
}

template <bool isRequest, typename Head>
bool parse(std::string_view bytes, Head& head) {
    proxy::http::MessageParser<isRequest> parser;
    boost::system::error_code error;
    parser.parse(bytes, error);
    if (error || !parser.is_header_done()) return false;
    head = std::move(parser.head);
    return true;
}

proxy::http::ResponseHead answer_with(std::string_view accept) {
    proxy::http::ResponseHead head;
    head.status = 101;
    head.fields.add("Upgrade", "websocket");
    head.fields.add("Connection", "Upgrade");
    head.fields.add("Sec-WebSocket-Accept", accept);
    return head;
}

void check_request(const proxy::http::RequestHead& head) {
    if (websocket::judge_request(head)) return;
    require(websocket::asks_for_websocket(head));
    require(head.method == "GET" && head.fields.count("Transfer-Encoding") == 0);
    const std::string key(head.fields.find("Sec-WebSocket-Key").value());
    std::string accept = websocket::accept_for(key);
    require(key.size() == 24 && accept.size() == 28);
    require(!websocket::judge_response(answer_with(accept), key));
    accept[0] = accept[0] == 'A' ? 'B' : 'A';
    require(static_cast<bool>(websocket::judge_response(answer_with(accept), key)));
}

void check_response(const proxy::http::ResponseHead& head) {
    static const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
    if (websocket::judge_response(head, key)) return;
    require(head.fields.find("Sec-WebSocket-Accept") == websocket::accept_for(key));
    require(head.fields.lists("Upgrade", "websocket") && head.fields.lists("Connection", "upgrade"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    proxy::http::RequestHead request;
    if (parse<true>(bytes, request)) check_request(request);
    proxy::http::ResponseHead response;
    if (parse<false>(bytes, response)) check_response(response);
    return 0;
}
