// Reading of SRV records with the C library's parser of DNS messages.
#include "upstream/discovery/srv.hpp"

#include <algorithm>
#include <arpa/nameser.h>
#include <array>
#include <resolv.h>

namespace upstream {

namespace {

constexpr std::size_t fixed_part = 6;  // priority, weight and port stand before the target

std::uint16_t number_at(std::span<const unsigned char> data, std::size_t place) {
    return static_cast<std::uint16_t>(data[place] << 8 | data[place + 1]);
}

net::ErrorCode bad_message() {
    return make_error_code(boost::system::errc::bad_message);
}

}  // namespace

std::string srv_name(std::string_view host, std::string_view service) {
    const std::string name(service);
    const bool is_whole = service.find('.') != std::string_view::npos;
    return (is_whole ? name : '_' + name + "._tcp") + '.' + std::string(host);
}

net::IoResult<SrvAnswer> parse_srv(std::span<const unsigned char> message) {
    ns_msg parsed;
    if (ns_initparse(message.data(), static_cast<int>(message.size()), &parsed) != 0) return bad_message();
    SrvAnswer answer;
    auto ttl = std::chrono::seconds::max();
    for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
        ns_rr record;
        if (ns_parserr(&parsed, ns_s_an, i, &record) != 0) return bad_message();
        ttl = std::min(ttl, std::chrono::seconds(record.ttl));
        if (record.type != ns_t_srv) continue;
        const std::span data(record.rdata, record.rdlength);
        std::array<char, NS_MAXDNAME> target{};
        if (data.size() <= fixed_part ||
            dn_expand(message.data(), message.data() + message.size(), data.data() + fixed_part,
                      target.data(), static_cast<int>(target.size())) < 0)
            return bad_message();
        if (target.front() == '\0' || number_at(data, 4) == 0) continue;
        answer.records.push_back({number_at(data, 0), number_at(data, 2), number_at(data, 4), target.data()});
    }
    answer.ttl = answer.records.empty() ? std::chrono::seconds(0) : ttl;
    return answer;
}

std::vector<Candidate> candidates(const config::Endpoint& line, const std::vector<Record>& records) {
    const unsigned unwritten_weight = config::Endpoint{}.weight;
    std::vector<Candidate> found;
    for (const Record& record : records) {
        const bool is_best = record.priority == records.front().priority;
        if (!is_best && line.backup) break;
        config::Endpoint settings = line;
        if (!line.service.empty()) {
            settings.backup = line.backup || !is_best;
            settings.name = record.target;
            if (line.weight == unwritten_weight) settings.weight = std::max<unsigned>(record.weight, 1);
        }
        found.emplace_back(std::move(settings), record.address);
    }
    return found;
}

}  // namespace upstream
