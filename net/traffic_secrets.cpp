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
    watching_ = true;
    is_server_ = SSL_is_server(session) == 1;
    SSL_set_msg_callback(session, &TrafficSecrets::on_message);
    SSL_set_msg_callback_arg(session, this);
}

// OpenSSL derives a secret when it begins to use it, so records are counted from there.
void TrafficSecrets::expanded(std::string_view label, std::span<const unsigned char> out) {
    const bool of_client = label == "c ap traffic";
    if (!watching_ || (!of_client && label != "s ap traffic")) return;
    (of_client == is_server_ ? read_ : write_) = {TrafficSecret(out), 0};
}

void TrafficSecrets::on_message(int written, int, int type, const void* data, std::size_t size, SSL*, void* self) {
    auto& secrets = *static_cast<TrafficSecrets*>(self);
    const unsigned char first = size > 0 ? *static_cast<const unsigned char*>(data) : 0;
    if (type == SSL3_RT_HEADER) ++(written != 0 ? secrets.write_ : secrets.read_).records;
    if (type == SSL3_RT_HANDSHAKE && first == SSL3_MT_KEY_UPDATE) secrets.replaced_ = true;
    if (written != 0) return;
    if (type == SSL3_RT_HEADER) secrets.within_record_ = true;
    if (type == SSL3_RT_HANDSHAKE) secrets.within_message_ = false;
    if (type == SSL3_RT_INNER_CONTENT_TYPE) {
        secrets.within_record_ = false;
        secrets.within_message_ = first == SSL3_RT_HANDSHAKE;
    }
}

}  // namespace net
