// Expansions against the trace of a TLS 1.3 handshake in RFC 8448, 3.
#include "net/key_schedule.hpp"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>

#include <array>
#include <string>
#include <vector>

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

std::string extracted(const std::string& previous, const std::string& input, std::size_t size = 32) {
    std::string out(size, '\0');
    const bool done = net::extract_secret("SHA256", span(previous), "tls13 derived", span(input),
                                          {reinterpret_cast<unsigned char*>(out.data()), out.size()});
    return done ? boost::algorithm::hex_lower(out) : "refused";
}

TEST(KeySchedule, ExtractsAsInTheTrace) {
    const std::string early = "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a";
    const std::string shared = "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d";
    const std::string handshake = "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac";
    const std::string master = "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919";
    EXPECT_EQ(extracted("", ""), early);
    EXPECT_EQ(extracted(bytes(early), bytes(shared)), handshake);
    EXPECT_EQ(extracted(bytes(handshake), ""), master);
    EXPECT_EQ(extracted("", "", 31), "refused");
}

// One step of the schedule by a provider of OpenSSL's, with the parameters that libssl gives.
std::string step(const char* provider, int mode, const char* digest, std::size_t size, std::string salt, std::string key) {
    EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, provider);
    EVP_KDF_CTX* const context = EVP_KDF_CTX_new(kdf);
    std::string prefix = "tls13 ";
    std::string label = "derived";
    std::string data = "a transcript's digest";
    std::vector<OSSL_PARAM> parameters{
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(digest), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, prefix.data(), prefix.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, label.data(), label.size())};
    const auto add = [&](const char* name, std::string& value) {
        if (!value.empty()) parameters.push_back(OSSL_PARAM_construct_octet_string(name, value.data(), value.size()));
    };
    add(OSSL_KDF_PARAM_SALT, salt);
    add(OSSL_KDF_PARAM_KEY, key);
    if (mode == EVP_KDF_HKDF_MODE_EXPAND_ONLY) add(OSSL_KDF_PARAM_DATA, data);
    parameters.push_back(OSSL_PARAM_construct_end());
    std::string out(size, '\0');
    const int done = EVP_KDF_derive(context, reinterpret_cast<unsigned char*>(out.data()), out.size(), parameters.data());
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return done == 1 ? boost::algorithm::hex_lower(out) : "refused";
}

TEST(KeySchedule, IsThatOfOpenSsl) {
    ASSERT_NE(net::key_schedule_query(), nullptr);
    const auto expect_alike = [](int mode, const char* digest, std::size_t size, const std::string& salt, const std::string& key) {
        const std::string ours = step("tidegate.schedule=yes", mode, digest, size, salt, key);
        EXPECT_NE(ours, "refused");
        EXPECT_EQ(ours, step("tidegate.schedule!=yes", mode, digest, size, salt, key));
    };
    for (const auto& [digest, size] : {std::pair("SHA256", 32u), std::pair("SHA384", 48u)}) {
        const std::string secret(size, 's');
        const std::string key(size, 'k');
        for (const std::string& salt : {std::string(), secret})
            for (const std::string& input : {std::string(), key, std::string(97, 'i')})
                expect_alike(EVP_KDF_HKDF_MODE_EXTRACT_ONLY, digest, size, salt, input);
        for (const std::size_t some : {std::size_t{12}, std::size_t{size}})
            expect_alike(EVP_KDF_HKDF_MODE_EXPAND_ONLY, digest, some, "", key);
    }
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
