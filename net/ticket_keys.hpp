// The keys that session tickets are sealed with, shared by all workers and over reloads, and rotated.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/tls_context.hpp"

namespace net {

/// One ticket key: AES-256-CBC and HMAC-SHA256, as in nginx's 80-byte ssl_session_ticket_key files.
struct TicketKey {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> mac_key;
    std::array<unsigned char, 32> cipher_key;
};

/// The first key seals; all of them open, and a ticket opened with another than the first is renewed. Keys made here are
/// replaced after each lifetime, and the one before is kept for as long; keys from files are the administrator's to
/// rotate. Thread-safe.
class TicketKeys {
 public:
    using Clock = std::chrono::steady_clock;
    using Now = Clock::time_point (*)();

    /// Keys that rotate by themselves.
    explicit TicketKeys(std::chrono::seconds lifetime, Now clock = &Clock::now);

    /// Keys read from files of 80 bytes (48 bytes of the older kind are refused).
    static boost::system::result<std::shared_ptr<TicketKeys>, std::string> from_files(
        const std::vector<std::string>& files);

    /// Makes a context use these keys and keep them alive.
    static void install(const TlsContext& context, const std::shared_ptr<TicketKeys>& keys);

    /// The key to seal with now.
    TicketKey sealing_key();

    enum class Age { current, old };
    /// The key of that name and whether it is the sealing one.
    std::optional<std::pair<TicketKey, Age>> find(const unsigned char* name);

 private:
    TicketKeys() = default;
    void rotate_if_due();

    std::mutex mutex_;
    std::vector<TicketKey> keys_;
    std::chrono::seconds lifetime_{0};  // 0: keys from files
    Now now_ = &Clock::now;
    Clock::time_point next_rotation_;
};

}  // namespace net
