// The sequence of places that a key leads to.
#include "upstream/balancers/hash.hpp"

#include <boost/crc.hpp>

namespace upstream {

namespace {

// Bits 16 to 30 of the CRC-32 of the key, with the number of the attempt before it from the second one on.
std::uint32_t step(std::string_view key, unsigned attempt) {
    boost::crc_32_type crc;
    if (attempt > 0) {
        const std::string number = std::to_string(attempt);
        crc.process_bytes(number.data(), number.size());
    }
    crc.process_bytes(key.data(), key.size());
    return (crc.checksum() >> 16) & 0x7fff;
}

}  // namespace

std::shared_ptr<Endpoint> Hash::next(const PickKey& key, net::TimePoint now, Tried tried) {
    if (endpoints_.size() > 1 && !key.text.empty()) {
        std::uint32_t place = 0;
        for (unsigned attempt = 0; attempt < most_tries; ++attempt) {
            place += step(key.text, attempt);
            const auto& endpoint = endpoints_[places_.holder(place % places_.total())];
            if (may_take(*endpoint, now, tried)) return endpoint;
        }
    }
    return turns_.next(key, now, tried);
}

}  // namespace upstream
