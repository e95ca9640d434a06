// Expansions against the trace of a TLS 1.3 handshake in RFC 8448, 3.
#include "net/key_schedule.hpp"

#include <openssl/ssl.h>

#include <array>
#include <string>

#include <boost/algorithm/hex.hpp>
#include <gtest/gtest.h>

namespace net_tests {
namespace {

std::string bytes(const std::string& hex) { return boost::algorithm::unhex(hex); }

std::span<const unsigned char> span(const std::string& text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

std::string expanded(const std::string& secret, std::string_view label, const std::string& context, std::size_t size) {
    std::string out(size, '\0');
    const bool done = net::expand_label("SHA256", span(secret), label, span(context),
                                        {reinterpret_cast<unsigned char*>(out.data()), out.size()});
    return done ? boost::algorithm::hex_lower(out) : "refused";
}

const std::string server_handshake_secret = bytes("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");

TEST(KeySchedule, ExpandsAsInTheTrace) {
    EXPECT_EQ(expanded(server_handshake_secret, "tls13 key", "", 16), "3fce516009c21727d0f2e4e86ee403bc");
    EXPECT_EQ(expanded(server_handshake_secret, "tls13 iv", "", 12), "5d313eb2671276ee13000b30");
    const std::string handshake_secret = bytes("1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac");
    EXPECT_EQ(expanded(handshake_secret, "tls13 derived",
                       bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), 32),
              "43de77e0c77713859a944db9db2590b53190a65b3ee2e4f12dd7a0bb7ce254b4");
}

TEST(KeySchedule, IsOneBlockOfTheDigest) {
    EXPECT_EQ(expanded(server_handshake_secret, "tls13 key", "", 33), "refused");
    EXPECT_EQ(expanded("", "tls13 key", "", 16), "refused") << "and not with the secret of the one before";
    std::array<unsigned char, 16> out;
    EXPECT_FALSE(net::expand_label("no digest", span(server_handshake_secret), "tls13 key", {}, out));
}

TEST(KeySchedule, IsTakenByOpenSsl) { EXPECT_STREQ(net::key_schedule_query(), "?tidegate.schedule=yes"); }

TEST(KeySchedule, LeavesOtherContextsAlone) {
    ASSERT_NE(net::key_schedule_query(), nullptr);
    SSL_CTX* const context = SSL_CTX_new(TLS_method());
    EXPECT_NE(context, nullptr) << "OpenSSL's own providers are still there";
    SSL_CTX_free(context);
}

}  // namespace
}  // namespace net_tests
