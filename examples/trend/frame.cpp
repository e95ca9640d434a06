// Lays a frame out with Boost.Endian.
#include "trend/frame.hpp"

#include <boost/endian/conversion.hpp>

namespace trend {
namespace {

template <class Number>
char* put(char* at, Number number) {
    boost::endian::endian_store<Number, sizeof number, boost::endian::order::little>(
        reinterpret_cast<unsigned char*>(at), number);
    return at + sizeof number;
}

}  // namespace

std::string encode_frame(FrameKind kind, Progress progress, std::span<const Sample> samples) {
    std::string frame(frame_header_bytes + samples.size() * (sizeof(double) + sizeof(float)), '\0');
    char* at = frame.data();
    at = put(at, static_cast<std::uint32_t>(kind));
    at = put(at, static_cast<std::uint32_t>(samples.size()));
    at = put(at, progress.sent);
    at = put(at, progress.total);
    for (const auto& sample : samples) at = put(at, sample.time);
    for (const auto& sample : samples) at = put(at, sample.value);
    return frame;
}

}  // namespace trend
