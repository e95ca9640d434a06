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
    const bool is_v6 = key.client.size() == 16;
    const std::string_view network = is_v6 ? key.client : key.client.empty() ? "\0\0\0"sv : key.client.substr(0, 3);
    return walk_.next(key, now, tried, [network, hash = std::uint32_t{89}](unsigned /*attempt*/) mutable {
        return hash = mixed(hash, network);
    });
}

}  // namespace upstream
