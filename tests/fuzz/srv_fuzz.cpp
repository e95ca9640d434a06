// Fuzz target: any bytes as a nameserver's answer about a service, and what is read of it written down and read again.
#include <arpa/nameser.h>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <span>
#include <vector>

#include "upstream/discovery/srv.hpp"

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void add(std::vector<unsigned char>& message, std::initializer_list<std::size_t> numbers) {
    for (const std::size_t number : numbers) {
        message.push_back(static_cast<unsigned char>(number >> 8));
        message.push_back(static_cast<unsigned char>(number));
    }
}

// An answer of the root (RFC 1035, 4.1) with this one record in it.
std::vector<unsigned char> message_with(const upstream::SrvRecord& record) {
    unsigned char target[NS_MAXCDNAME];
    require(ns_name_pton(record.target.c_str(), target, sizeof target) >= 0);
    std::size_t length = 0;
    while (target[length] != 0) length += target[length] + 1u;
    ++length;
    std::vector<unsigned char> message;
    add(message, {0, 0x8180, 0, 1, 0, 0});
    message.push_back(0);
    add(message, {ns_t_srv, ns_c_in, 0, 60, 6 + length, record.priority, record.weight, record.port});
    message.insert(message.end(), target, target + length);
    return message;
}

void check(const upstream::SrvRecord& record) {
    require(record.port != 0 && !record.target.empty() && record.target.size() < NS_MAXDNAME);
    const auto again = upstream::parse_srv(message_with(record));
    require(again && again->records.size() == 1 && again->ttl == std::chrono::seconds(60));
    const upstream::SrvRecord& same = again->records.front();
    require(same.priority == record.priority && same.weight == record.weight && same.port == record.port &&
            same.target == record.target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answer = upstream::parse_srv({data, size});
    if (!answer) return 0;
    require(answer->records.size() <= size && answer->ttl.count() >= 0);
    for (const upstream::SrvRecord& record : answer->records) check(record);
    return 0;
}
