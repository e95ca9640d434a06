// What a stranger may cost a backend: bytes, connections and time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace backend {

enum class Compression { off, permessage_deflate };

struct Limits {
    std::uint32_t header_bytes = 16 * 1024;   ///< of one request head
    std::size_t message_bytes = 1024 * 1024;  ///< of one received message, after inflating
    std::size_t queue_bytes = 1024 * 1024;    ///< unsent on one connection; one message may stand over it
    std::size_t connections = 4096;           ///< at once; more wait in the listen queue
    std::chrono::milliseconds request_timeout{15'000};  ///< for a request head, a page, a handshake
    std::chrono::milliseconds idle_timeout{60'000};     ///< without a byte from the client; pings at half
    std::chrono::milliseconds close_timeout{5'000};     ///< for the queue to empty and Close to be answered
    Compression compression = Compression::permessage_deflate;
};

}  // namespace backend
