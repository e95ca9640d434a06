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
    if (key.text.empty()) return walk_.take_turns(key, now, tried);
    return walk_.next(key, now, tried, [text = key.text, sum = std::uint32_t{0}](unsigned attempt) mutable {
        return sum += step(text, attempt);
    });
}

}  // namespace upstream
