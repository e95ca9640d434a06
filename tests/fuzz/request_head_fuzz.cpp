// Fuzz target: any bytes as a request head through scanner, parser, framing and target rules, and what is accepted
// through the head that the upstream gets, which has to mean the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "proxy/http/head_scanner.hpp"
#include "proxy/http/hop_by_hop.hpp"
#include "proxy/http/message_parser.hpp"
#include "proxy/route/header_rules.hpp"

namespace {

using proxy::http::Framing;
using proxy::http::HeadLimits;
using proxy::http::HeadScanner;
using proxy::http::RequestHead;

void require(bool holds) {
    if (!holds) std::abort();
}

using Scan = net::IoResult<std::size_t>;

Scan scan_in_two_parts(std::string_view bytes, std::size_t split) {
    HeadScanner scanner{HeadLimits{}};
    const Scan first = scanner.scan(bytes.substr(0, split));
    return !first || *first > 0 ? first : scanner.scan(bytes);
}

bool parse(std::string_view head, RequestHead& parsed) {
    proxy::http::MessageParser<true> parser;
    boost::system::error_code error;
    const std::size_t used = parser.parse(head, error);
    if (error || used != head.size() || !parser.is_header_done()) return false;
    parsed = std::move(parser.head);
    return true;
}

using FieldList = std::vector<std::pair<std::string, std::string>>;

FieldList end_to_end(const RequestHead& head) {
    FieldList list;
    for (const proxy::http::Field field : head.fields)
        if (!proxy::http::is_framing(field.name) && !proxy::http::is_hop_by_hop(field.name, head.fields))
            list.emplace_back(field.name, field.value);
    return list;
}

void check_accepted(const RequestHead& head, const Framing& framing, const proxy::http::Target& target) {
    require(head.fields.count("Content-Length") == 0 || head.fields.count("Transfer-Encoding") == 0);
    require(target.path.starts_with('/') && target.path.find('\0') == target.path.npos);
    require(("/" + target.path + "/").find("/../") == std::string::npos);
    require(proxy::http::normalize_path(proxy::http::escape_path(target.path)).value() == target.path);

    const proxy::route::ClientAddress client;
    const std::string sent =
        proxy::route::upstream_head({head, target, client, 1, 1, "", ""}, {}, target.origin,
                                    config::HttpVersion::http_1_1, framing, proxy::route::UpgradeHeaders::by_rules,
                                    proxy::http::Persistence::close);
    const Scan scanned = HeadScanner({1u << 20, 1u << 21, 10'000}).scan(sent);
    require(scanned && *scanned == sent.size());
    RequestHead again;
    require(parse(sent, again));
    require(again.method == head.method && again.target == target.origin);
    require(end_to_end(again) == end_to_end(head));
    const auto framed = request_framing(again);
    require(framed && framed->end == framing.end && framed->length == framing.length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Scan whole = scan_in_two_parts(bytes, size);
    const Scan parts = scan_in_two_parts(bytes, size / 2);
    require(whole.has_value() == parts.has_value());
    if (!whole) return 0;
    require(*whole == *parts);
    if (*whole == 0) return 0;

    RequestHead head;
    if (!parse(bytes.substr(0, *whole), head)) return 0;
    const auto framing = request_framing(head);
    const auto target = examine_target(head);
    if (framing && target) check_accepted(head, *framing, *target);
    return 0;
}
