// What OpenSSL derives and sends, counted.
#include "net/traffic_secrets.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace net {

TrafficSecret::TrafficSecret(std::span<const unsigned char> bytes) {
    size_ = static_cast<std::uint8_t>(std::min(bytes.size(), bytes_.size()));
    std::copy_n(bytes.begin(), size_, bytes_.begin());
}

TrafficSecret::~TrafficSecret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

void TrafficSecrets::watch(SSL* session) {
    is_server_ = SSL_is_server(session) == 1;
    SSL_set_msg_callback(session, &TrafficSecrets::on_message);
    SSL_set_msg_callback_arg(session, this);
}

// OpenSSL derives a secret when it begins to use it, so records are counted from there.
void TrafficSecrets::expanded(std::string_view label, std::span<const unsigned char> out) {
    const bool of_client = label == "c ap traffic";
    if (!of_client && label != "s ap traffic") return;
    (of_client == is_server_ ? read_ : write_) = {TrafficSecret(out), 0};
}

void TrafficSecrets::on_message(int written, int, int type, const void* data, std::size_t size, SSL*, void* self) {
    auto& secrets = *static_cast<TrafficSecrets*>(self);
    if (type == SSL3_RT_HEADER) ++(written != 0 ? secrets.write_ : secrets.read_).records;
    const auto* const message = static_cast<const unsigned char*>(data);
    if (type == SSL3_RT_HANDSHAKE && size > 0 && message[0] == SSL3_MT_KEY_UPDATE) secrets.replaced_ = true;
}

}  // namespace net
