// SRV records (RFC 2782): the name to ask for, what an answer holds, and what endpoints come of them.
#pragma once

#include "config/model.hpp"
#include "upstream/discovery/resolver.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upstream {

/// The name that has the records of a service: "_http._tcp.HOST" for "http", "a.b.HOST" for "a.b" (nginx:
/// service).
std::string srv_name(std::string_view host, std::string_view service);

struct SrvRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target;
};

struct SrvAnswer {
    std::vector<SrvRecord> records;
    std::chrono::seconds ttl{};  ///< the shortest of the answer, aliases included
};

/// The SRV records of a DNS message. Records without a target ("." says that there is no such service) or
/// port are left out. Error: bad_message.
net::IoResult<SrvAnswer> parse_srv(std::span<const unsigned char> message);

using Candidate = std::pair<config::Endpoint, net::SocketAddress>;

/// The endpoints that a server line stands for when its name has these sorted records. Of a service, the
/// records with the best priority are primary and the others backup; if the line is marked backup, the best
/// are backup and the others are left out. A weight written in the line counts before that of a record
/// (nginx: service).
std::vector<Candidate> candidates(const config::Endpoint& line, const std::vector<Record>& records);

}  // namespace upstream
