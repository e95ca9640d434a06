// Writing both versions of the header.
#include "upstream/connect/proxy_protocol.hpp"

#include <string_view>

namespace upstream {

namespace {

namespace ip = boost::asio::ip;
using namespace std::string_view_literals;

bool is_known(const ClientEnds& ends) { return !ends.source.is_unspecified() && !ends.destination.is_unspecified(); }

// "fe80::1%2" is known by its first part only outside this machine.
ip::address without_zone(const ip::address& address) {
    return address.is_v6() ? ip::address(ip::address_v6(address.to_v6().to_bytes())) : address;
}

bool is_mapped(const ip::address& address) { return address.is_v6() && address.to_v6().is_v4_mapped(); }

ip::address to_v6(const ip::address& address) {
    return address.is_v6() ? address : ip::address(ip::make_address_v6(ip::v4_mapped, address.to_v4()));
}

// Both ends in one family, which is all that the header has room for.
ClientEnds in_one_family(ClientEnds ends) {
    for (ip::address* address : {&ends.source, &ends.destination})
        if (is_mapped(*address)) *address = ip::make_address_v4(ip::v4_mapped, address->to_v6());
    if (ends.source.is_v6() != ends.destination.is_v6()) {
        ends.source = to_v6(ends.source);
        ends.destination = to_v6(ends.destination);
    }
    return ends;
}

std::string version_1(const ClientEnds& ends) {
    if (!is_known(ends)) return "PROXY UNKNOWN\r\n";
    return std::string("PROXY ") + (ends.source.is_v6() ? "TCP6 " : "TCP4 ") + ends.source.to_string() + ' ' +
           ends.destination.to_string() + ' ' + std::to_string(ends.source_port) + ' ' +
           std::to_string(ends.destination_port) + "\r\n";
}

void add_number(std::string& header, std::size_t number) {
    header += static_cast<char>(number >> 8 & 0xff);
    header += static_cast<char>(number & 0xff);
}

void add_address(std::string& header, const ip::address& address) {
    const auto add = [&](const auto& bytes) { header.append(bytes.begin(), bytes.end()); };
    if (address.is_v6())
        add(address.to_v6().to_bytes());
    else
        add(address.to_v4().to_bytes());
}

std::string version_2(const ClientEnds& ends) {
    std::string header("\r\n\r\n\0\r\nQUIT\n"sv);
    header += '\x21';  // version 2, PROXY
    if (!is_known(ends)) {
        header += '\0';  // AF_UNSPEC
        add_number(header, 0);
        return header;
    }
    header += ends.source.is_v6() ? '\x21' : '\x11';  // AF_INET6 or AF_INET, STREAM
    add_number(header, ends.source.is_v6() ? 36 : 12);
    add_address(header, ends.source);
    add_address(header, ends.destination);
    add_number(header, ends.source_port);
    add_number(header, ends.destination_port);
    return header;
}

}  // namespace

ClientEnds client_ends(const std::string& source, std::uint16_t source_port, const std::string& destination,
                       std::uint16_t destination_port) {
    boost::system::error_code no_source;
    boost::system::error_code no_destination;
    const ClientEnds ends{without_zone(ip::make_address(source, no_source)), source_port,
                          without_zone(ip::make_address(destination, no_destination)), destination_port};
    return no_source || no_destination ? ClientEnds{} : ends;
}

std::string proxy_protocol_header(config::ProxyProtocol version, const ClientEnds& ends) {
    switch (version) {
        case config::ProxyProtocol::off: return {};
        case config::ProxyProtocol::v1: return version_1(in_one_family(ends));
        case config::ProxyProtocol::v2: return version_2(in_one_family(ends));
    }
    return {};
}

}  // namespace upstream
