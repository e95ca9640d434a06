// Heads made from text, for tests.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "proxy/http/message_parser.hpp"
#include "proxy/route/request_view.hpp"

namespace proxy_tests {

using FieldList = std::vector<std::pair<std::string, std::string>>;

inline proxy::http::Fields fields(const FieldList& list) {
    proxy::http::Fields made;
    for (const auto& [name, value] : list) made.add(name, value);
    return made;
}

inline proxy::http::RequestHead request(std::string method, std::string target, const FieldList& list) {
    return {std::move(method), std::move(target), proxy::http::Version::http_1_1, fields(list)};
}

inline proxy::http::ResponseHead response(unsigned status, const FieldList& list) {
    return {status, "Reason", proxy::http::Version::http_1_1, fields(list)};
}

/// What the parser makes of a head; throws for one that it does not take.
template <bool isRequest>
auto parse_head(std::string_view text) {
    proxy::http::MessageParser<isRequest> parser;
    boost::system::error_code error;
    parser.parse(text, error);
    if (error || !parser.is_header_done()) throw std::runtime_error("the head does not parse: " + error.message());
    return std::move(parser.head);
}

/// A request with everything a view of it refers to.
struct ViewedRequest {
    explicit ViewedRequest(proxy::http::RequestHead request_head)
        : head(std::move(request_head)), target(*proxy::http::examine_target(head)) {}

    proxy::http::RequestHead head;
    proxy::http::Target target;
    proxy::route::ClientAddress client{"192.0.2.7", 50123, "198.51.100.1", 8080, "\xc0\x01\x02\x07"};
    std::string server_name = "first.example";
    std::string proxy_host = "pool";

    proxy::route::RequestView view() const { return {head, target, client, 42, 3, server_name, proxy_host}; }
};

}  // namespace proxy_tests
