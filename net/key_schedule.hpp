// The key schedule of TLS 1.3 (RFC 8446, 7.1), for OpenSSL and for what takes a connection over from it.
#pragma once

#include <span>
#include <string_view>

namespace net {

/// HKDF-Expand-Label with a digest by OpenSSL's name; the label comes with its prefix ("tls13 key"). Writes at most as many
/// bytes as the digest has; false where it is asked for more, or OpenSSL does not know the digest.
bool expand_label(std::string_view digest, std::span<const unsigned char> secret, std::string_view label,
                  std::span<const unsigned char> context, std::span<unsigned char> out);

/// The next secret of the schedule: HKDF-Extract of `input`, salted with what is derived from the secret before by that label
/// ("tls13 derived"). Either may be empty, and is zeros then. Writes as many bytes as the digest has; false where it is asked
/// for another number, or OpenSSL does not know the digest.
bool extract_secret(std::string_view digest, std::span<const unsigned char> previous, std::string_view label,
                    std::span<const unsigned char> input, std::span<unsigned char> out);

/// What is told of every expansion of a thread, until it ends or another one begins.
class ExpansionListener {
 public:
    /// `out` is valid during the call only.
    virtual void expanded(std::string_view label, std::span<const unsigned char> out) = 0;

    /// Listens for as long as it lives. One at a time.
    class Scope {
     public:
        explicit Scope(ExpansionListener& listener);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
    };

 protected:
    ~ExpansionListener() = default;
};

/// The property query with which an SSL_CTX takes its key schedule from here: a provider of ours that knows nothing else.
/// OpenSSL's own looks the digest and the MAC up for each of the two dozen steps of a handshake, and tells nobody of
/// their results but in key logs, written with a printf for each byte. Null where OpenSSL does not take the provider.
const char* key_schedule_query();

}  // namespace net
