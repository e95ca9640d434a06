// nginx's hash of a client address, and the sequence of places that it leads to.
#include "upstream/balancers/ip_hash.hpp"

namespace upstream {

namespace {

// Each attempt goes on from the hash of the one before.
std::uint32_t mixed(std::uint32_t hash, std::string_view bytes) {
    for (const char byte : bytes) hash = (hash * 113 + static_cast<unsigned char>(byte)) % 6271;
    return hash;
}

}  // namespace

std::shared_ptr<Endpoint> IpHash::next(const PickKey& key, net::TimePoint now, Tried tried) {
    using namespace std::string_view_literals;
    if (endpoints_.size() > 1) {
        const bool is_v6 = key.client.size() == 16;
        const std::string_view network = is_v6 ? key.client : key.client.empty() ? "\0\0\0"sv : key.client.substr(0, 3);
        std::uint32_t hash = 89;
        for (unsigned attempt = 0; attempt < most_tries; ++attempt) {
            hash = mixed(hash, network);
            const auto& endpoint = endpoints_[places_.holder(hash % places_.total())];
            if (may_take(*endpoint, now, tried)) return endpoint;
        }
    }
    return turns_.next(key, now, tried);
}

}  // namespace upstream
