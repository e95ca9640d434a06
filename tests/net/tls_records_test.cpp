// Taking a TLS 1.3 connection over from OpenSSL, with OpenSSL at the other end.
#include "net/tls_records.hpp"

#include <array>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/net/tls_fixture.hpp"

namespace net_tests {
namespace {

using net::Progress;

template <typename Reader>
std::string read_all(Reader& reader) {
    std::string all;
    std::string buffer(65536, '\0');
    for (;;) {
        const net::Outcome outcome = reader.read(buffer.data(), buffer.size());
        if (outcome.progress != Progress::done) return all;
        all.append(buffer, 0, outcome.count);
    }
}

template <typename Reader>
net::Outcome read_byte(Reader& reader) {
    char byte = 0;
    return reader.read(&byte, 1);
}

class TlsRecords : public testing::Test {
  protected:
    void use_suite(const std::string& suite) {
        contexts.client.set_protocols(net::TlsVersion::tls_1_3, net::TlsVersion::tls_1_3);
        for (net::TlsContext* const context : {&contexts.server, &contexts.client})
            ASSERT_TRUE(context->apply_command("Ciphersuites", suite));
    }

    // Connects; `near` is taken over, `far` stays OpenSSL's.
    void connect() {
        pair.emplace(contexts.connect());
        read_all(*pair->client);  // the ticket
    }
    void take_server_over() {
        connect();
        near = net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get());
        far = pair->client.get();
        ASSERT_TRUE(near);
        pair->server.reset();
    }
    void take_client_over() {
        connect();
        near = net::TlsRecords::take_over(*pair->client, pair->client_descriptor.get());
        far = pair->server.get();
        ASSERT_TRUE(near);
        pair->client.reset();
    }

    void expect_both_ways(std::string_view text) {
        ASSERT_EQ(near->write(text).count, text.size());
        EXPECT_EQ(read_all(*far), text);
        ASSERT_EQ(far->write(text).count, text.size());
        EXPECT_EQ(read_all(*near), text);
    }

    int far_socket() const { return (far == pair->client.get() ? pair->client_descriptor : pair->server_descriptor).get(); }

    TlsContexts contexts;
    std::optional<TlsPair> pair;
    std::unique_ptr<net::TlsRecords> near;
    net::TlsSession* far = nullptr;
};

class EachSuite : public TlsRecords, public testing::WithParamInterface<const char*> {};

TEST_P(EachSuite, SpeaksOnWithOpenSsl) {
    use_suite(GetParam());
    for (const bool server : {true, false}) {
        server ? take_server_over() : take_client_over();
        for (int turn = 0; turn < 3; ++turn) expect_both_ways("as if nothing had happened");
        EXPECT_EQ(far->shutdown().progress, Progress::done);
        EXPECT_EQ(read_byte(*near).progress, Progress::ended);
        EXPECT_EQ(near->shutdown().progress, Progress::done);
        EXPECT_EQ(read_byte(*far).progress, Progress::ended);
    }
}

TEST_P(EachSuite, FollowsKeyUpdatesAndAnswersThem) {
    use_suite(GetParam());
    take_server_over();
    for (const int kind : {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
        ASSERT_EQ(SSL_key_update(far->handle(), kind), 1);
        ASSERT_EQ(far->write("with new keys").progress, Progress::done);
        EXPECT_EQ(read_all(*near), "with new keys");
        expect_both_ways("and on");
    }
}

TEST_P(EachSuite, ACountThatWentOnInOpenSslIsKept) {
    use_suite(GetParam());
    connect();
    for (int turn = 0; turn < 300; ++turn) {
        pair->server->write("down");
        pair->client->write("up");
        ASSERT_EQ(read_all(*pair->client), "down");
        ASSERT_EQ(read_all(*pair->server), "up");
    }
    near = net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get());
    ASSERT_TRUE(near);
    far = pair->client.get();
    expect_both_ways("on");
}

INSTANTIATE_TEST_SUITE_P(TlsRecords, EachSuite,
                         testing::Values("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"),
                         [](const auto& each) { return std::string(each.param); });

TEST_F(TlsRecords, OtherSuitesStayWithOpenSsl) {
    use_suite("TLS_AES_128_CCM_SHA256");
    connect();
    EXPECT_FALSE(net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get()));
}

TEST_F(TlsRecords, SoDoesTls12) {
    contexts.server.set_protocols(net::TlsVersion::tls_1_2, net::TlsVersion::tls_1_2);
    connect();
    EXPECT_FALSE(net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get()));
}

TEST_F(TlsRecords, SoDoesAClientThatWantsSmallRecords) {
    TlsPair small = contexts.prepare();
    ASSERT_EQ(SSL_set_tlsext_max_fragment_length(small.client->handle(), TLSEXT_max_fragment_length_512), 1);
    small.shake_hands();
    EXPECT_FALSE(net::TlsRecords::take_over(*small.server, small.server_descriptor.get()));
}

TEST_F(TlsRecords, SoDoesWhoseKeysHaveBeenUpdatedBefore) {
    connect();
    ASSERT_EQ(SSL_key_update(pair->client->handle(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    pair->client->write("x");
    EXPECT_EQ(read_all(*pair->server), "x");
    EXPECT_FALSE(net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get()));
}

TEST_F(TlsRecords, NothingIsTakenOverBeforeItsHandshakeIsDone) {
    TlsPair early = contexts.prepare();
    EXPECT_FALSE(net::TlsRecords::take_over(*early.server, early.server_descriptor.get()));
    early.client->handshake();
    early.server->handshake();
    EXPECT_FALSE(net::TlsRecords::take_over(*early.server, early.server_descriptor.get()));
}

TEST_F(TlsRecords, WhatOpenSslHasInItsBuffersIsReadFirst) {
    connect();
    pair->client->write("one");
    EXPECT_EQ(read_byte(*pair->server).count, 1u);
    EXPECT_FALSE(net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get())) << "of a record";
    EXPECT_EQ(read_all(*pair->server), "ne");

}

TEST_F(TlsRecords, APartOfARecordIsOpenSsls) {
    connect();
    const int client = pair->client_descriptor.get();
    const net::Descriptor saved(::dup(client));
    for (std::size_t cut = 1; cut < 25; ++cut) {
        // What the client writes, caught on its way.
        auto [aside, back] = socket_pair();
        ASSERT_EQ(::dup2(aside.get(), client), client);
        pair->client->write("two");
        ASSERT_EQ(::dup2(saved.get(), client), client);
        std::string wire(1000, '\0');
        wire.resize(static_cast<std::size_t>(::recv(back.get(), wire.data(), wire.size(), 0)));
        ASSERT_EQ(wire.size(), 25u);
        ASSERT_EQ(::send(client, wire.data(), cut, 0), static_cast<ssize_t>(cut));
        EXPECT_EQ(read_byte(*pair->server).progress, Progress::want_read);
        EXPECT_FALSE(pair->server->is_at_rest()) << cut;
        ASSERT_EQ(::send(client, wire.data() + cut, wire.size() - cut, 0), static_cast<ssize_t>(wire.size() - cut));
        EXPECT_EQ(read_all(*pair->server), "two");
        EXPECT_TRUE(pair->server->is_at_rest()) << cut;
    }
}

TEST_F(TlsRecords, SessionsThatMayUseTheKernelStayWithOpenSsl) {
    for (net::TlsContext* const context : {&contexts.server, &contexts.client})
        ASSERT_TRUE(context->apply_command("Options", "KTLS"));
    connect();
    EXPECT_FALSE(net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get()));
    EXPECT_FALSE(net::TlsRecords::take_over(*pair->client, pair->client_descriptor.get()));
}

TEST_F(TlsRecords, SoDoThoseThatPadTheirRecords) {
    ASSERT_TRUE(contexts.server.apply_command("RecordPadding", "64"));
    connect();
    EXPECT_FALSE(net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get()));
    EXPECT_TRUE(net::TlsRecords::take_over(*pair->client, pair->client_descriptor.get()));
}

TEST_F(TlsRecords, AnEndThatOpenSslHasSeenStaysItsOwn) {
    connect();
    pair->client->shutdown();
    EXPECT_EQ(read_byte(*pair->server).progress, Progress::ended);
    EXPECT_FALSE(net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get()));
}

TEST_F(TlsRecords, ATicketThatWasKeptGoesFirst) {
    pair.emplace(contexts.connect_but_for_the_ticket());
    near = net::TlsRecords::take_over(*pair->server, pair->server_descriptor.get());
    far = pair->client.get();
    ASSERT_TRUE(near);
    expect_both_ways("behind it");
    EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(far->handle())), 1);
}

TEST_F(TlsRecords, TicketsThatComeLaterAreSkipped) {
    take_client_over();
    ASSERT_EQ(SSL_new_session_ticket(far->handle()), 1);
    far->write("behind a ticket");
    EXPECT_EQ(read_all(*near), "behind a ticket");
    expect_both_ways("on");
}

TEST_F(TlsRecords, AChangedByteIsRefusedWithAnAlert) {
    take_server_over();
    std::array<char, 100> lost;
    const std::string_view forged{"\x17\3\3\0\x20_________________________________", 37};
    ASSERT_EQ(::send(far_socket(), forged.data(), forged.size(), 0), 37);
    const net::Outcome outcome = read_byte(*near);
    EXPECT_EQ(outcome.progress, Progress::failed);
    EXPECT_EQ(outcome.error.message(), "decryption failed or bad record mac");
    EXPECT_EQ(read_byte(*near).progress, Progress::failed) << "and it stays so";
    near->shutdown();
    EXPECT_EQ(read_byte(*far).error.message(), "sslv3 alert bad record mac");
    EXPECT_EQ(::recv(far_socket(), lost.data(), lost.size(), MSG_DONTWAIT), -1) << "no close_notify behind it";
}

TEST_F(TlsRecords, AFullSocketDoesNotTurnAFailureIntoAnOrderlyEnd) {
    take_server_over();
    const std::string text(100000, 'x');
    while (near->write(text).progress == Progress::done) {
    }
    const std::string_view forged{"\x17\3\3\0\x20_________________________________", 37};
    ASSERT_EQ(::send(far_socket(), forged.data(), forged.size(), 0), 37);
    EXPECT_EQ(read_byte(*near).progress, Progress::failed);
    net::Outcome last;
    std::string buffer(65536, '\0');
    do {
        near->shutdown();  // sends what is left
        last = far->read(buffer.data(), buffer.size());
    } while (last.progress == Progress::done || last.progress == Progress::want_read);
    EXPECT_EQ(last.error.message(), "sslv3 alert bad record mac");
}

TEST_F(TlsRecords, AnswersKeyUpdatesOnceWhileTheSocketIsFull) {
    take_server_over();
    const std::string text(100000, 'x');
    std::size_t written = 0;
    for (net::Outcome outcome; (outcome = near->write(text)).progress == Progress::done;) written += outcome.count;
    for (int turn = 0; turn < 20; ++turn) {
        ASSERT_EQ(SSL_key_update(far->handle(), SSL_KEY_UPDATE_REQUESTED), 1);
        ASSERT_EQ(far->write("x").progress, Progress::done);
        ASSERT_EQ(read_all(*near), "x");
    }
    // The same bytes again, as always, until they have gone.
    std::string received;
    for (net::Outcome outcome; (outcome = near->write(text)).progress == Progress::want_write;) received += read_all(*far);
    received += read_all(*far);
    EXPECT_EQ(received.size(), written + text.size());
    expect_both_ways("with new keys");
}

TEST_F(TlsRecords, AnAlertIsAFailureInWords) {
    take_server_over();
    near->write("a record that is lost");
    std::array<char, 100> lost;
    ASSERT_GT(::recv(far_socket(), lost.data(), lost.size(), 0), 0);
    near->write("the next");
    EXPECT_EQ(read_byte(*far).progress, Progress::failed);
    EXPECT_EQ(read_byte(*near).error.message(), "sslv3 alert bad record mac");
}

TEST_F(TlsRecords, AnEndWithoutCloseNotifyIsOneForAServerOnly) {
    take_server_over();
    ::shutdown(far_socket(), SHUT_WR);
    EXPECT_EQ(read_byte(*near).progress, Progress::ended);
    take_client_over();
    ::shutdown(far_socket(), SHUT_WR);
    EXPECT_EQ(read_byte(*near).error.message(), "unexpected eof while reading");
}

TEST_F(TlsRecords, CloseNotifyWaitsForRoom) {
    take_server_over();
    const std::string text(100000, 'x');
    std::string received;
    std::size_t written = 0;
    for (net::Outcome outcome; (outcome = near->write(text)).progress == Progress::done;) written += outcome.count;
    // What has not been taken counts as not written, but a record that was begun has to be ended.
    EXPECT_EQ(near->shutdown().progress, Progress::want_write);
    for (int turn = 0; turn < 100 && near->shutdown().progress == Progress::want_write; ++turn) received += read_all(*far);
    EXPECT_EQ(near->shutdown().progress, Progress::done);
    received += read_all(*far);
    EXPECT_GE(received.size(), written);
    EXPECT_EQ(read_byte(*far).progress, Progress::ended);
}

}  // namespace
}  // namespace net_tests
