// Setting the points of the ring, and walking along it.
#include "upstream/balancers/consistent_hash.hpp"

#include <bit>
#include <cmath>
#include <map>

#include <boost/crc.hpp>

#include "upstream/balancers/weighted_places.hpp"

namespace upstream {

namespace {

constexpr std::uint64_t points_for_weight = 160;
constexpr std::uint64_t most_points = std::uint64_t{1} << 23;
constexpr unsigned most_steps = 1024;  // of one walk

struct HostPort {
    std::string_view host;
    std::string_view port;
};

HostPort split(std::string_view name) {
    if (name.starts_with("unix:")) return {name.substr(5), {}};
    const auto digits = name.find_last_not_of("0123456789");
    if (digits == name.npos || name[digits] != ':') return {name, {}};
    return {name.substr(0, digits), name.substr(digits + 1)};
}

}  // namespace

std::vector<std::uint32_t> ketama_points(std::string_view name, std::size_t count) {
    const auto [host, port] = split(name);
    boost::crc_32_type base;
    base.process_bytes(host.data(), host.size());
    base.process_byte(0);
    base.process_bytes(port.data(), port.size());
    std::vector<std::uint32_t> points(count);
    std::uint32_t previous = 0;
    for (std::uint32_t& point : points) {
        boost::crc_32_type crc = base;
        for (unsigned shift = 0; shift < 32; shift += 8) crc.process_byte(static_cast<unsigned char>(previous >> shift));
        point = previous = crc.checksum();
    }
    return points;
}

ConsistentHash::ConsistentHash(const Endpoints& endpoints, double bound, std::shared_ptr<LivePool> live,
                               std::uint64_t first_turn)
    : bound_(bound), live_(std::move(live)), turns_(endpoints, first_turn) {
    std::map<std::string_view, std::size_t> known;
    for (const auto& endpoint : endpoints) {
        const auto [entry, is_new] = known.emplace(endpoint->configured_name(), groups_.size());
        if (is_new) groups_.push_back({endpoint->configured_name(), {}, 0, nullptr});
        Group& group = groups_[entry->second];
        group.endpoints.push_back(endpoint);
        group.weight = std::max(group.weight, endpoint->weight());
        total_weight_ += endpoint->weight();
    }
    for (Group& group : groups_) group.turns = std::make_unique<RoundRobin>(group.endpoints, first_turn);
    set_points();
}

void ConsistentHash::set_points() {
    std::uint64_t wanted = 0;
    for (const Group& group : groups_) wanted += group.weight * points_for_weight;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> points;
    for (std::uint32_t owner = 0; owner < groups_.size(); ++owner) {
        std::uint64_t count = groups_[owner].weight * points_for_weight;
        // Beyond what memory allows the points thin out, and agree with nginx no longer.
        if (wanted > most_points) count = std::max<std::uint64_t>(count * most_points / wanted, 1);
        for (const std::uint32_t hash : ketama_points(groups_[owner].name, count)) points.emplace_back(hash, owner);
    }
    std::sort(points.begin(), points.end());
    const auto same_hash = [](const auto& left, const auto& right) { return left.first == right.first; };
    points.erase(std::unique(points.begin(), points.end(), same_hash), points.end());
    for (const auto& [hash, owner] : points) {
        hashes_.push_back(hash);
        owners_.push_back(owner);
    }
    // About as many starts as points, so that a look-up reads one or two of each.
    const auto bits = std::clamp(static_cast<unsigned>(std::bit_width(hashes_.size())), 1u, 24u);
    shift_ = 32 - bits;
    starts_.resize(std::size_t{1} << bits);
    std::uint32_t point = 0;
    for (std::size_t i = 0; i < starts_.size(); ++i) {
        while (point < hashes_.size() && hashes_[point] < i << shift_) ++point;
        starts_[i] = point;
    }
}

// The first point at or behind a hash; the ring is closed.
std::size_t ConsistentHash::place_of(std::uint32_t hash) const {
    std::size_t place = starts_[hash >> shift_];
    while (place < hashes_.size() && hashes_[place] < hash) ++place;
    return place;
}

bool ConsistentHash::is_within_bound(const Endpoint& endpoint) const {
    if (bound_ <= 0) return true;
    const auto leases = static_cast<double>(live_->leases() + 1);
    return static_cast<double>(endpoint.leases()) + 1 <=
           std::ceil(bound_ * leases * endpoint.weight() / total_weight_);
}

std::shared_ptr<Endpoint> ConsistentHash::next(const PickKey& key, net::TimePoint now, Tried tried) {
    if (groups_.empty() || key.text.empty()) return turns_.next(key, now, tried);
    boost::crc_32_type crc;
    crc.process_bytes(key.text.data(), key.text.size());
    std::size_t place = place_of(crc.checksum());
    std::shared_ptr<Endpoint> lightest;  // of those beyond the bound, should all be
    unsigned misses = 0;
    for (unsigned step = 0; step < most_steps && misses < most_tries; ++step, ++place) {
        auto endpoint = groups_[owners_[place % owners_.size()]].turns->next(key, now, tried);
        if (!endpoint) {
            ++misses;
            continue;
        }
        if (is_within_bound(*endpoint)) return endpoint;
        if (!lightest || endpoint->leases() * lightest->weight() < lightest->leases() * endpoint->weight())
            lightest = std::move(endpoint);
    }
    return lightest ? lightest : turns_.next(key, now, tried);
}

}  // namespace upstream
