// Reads, writes and ends of a transport, plain and through TLS, over socket pairs.
#include "net/transport.hpp"

#include <fcntl.h>
#include <openssl/err.h>

#include <gtest/gtest.h>

#include "tests/net/tls_fixture.hpp"

namespace net_tests {
namespace {

using net::Progress;

// What one read gives, as text.
std::string read(net::Transport& transport, std::size_t size = 65536) {
    std::string buffer(size, '\0');
    const net::Outcome outcome = transport.read(buffer.data(), buffer.size());
    buffer.resize(outcome.progress == Progress::done ? outcome.count : 0);
    return buffer;
}

Progress progress_of_read(net::Transport& transport) {
    char byte = 0;
    return transport.read(&byte, 1).progress;
}

std::string read_all(net::Transport& transport) {
    std::string all;
    for (std::string some; !(some = read(transport)).empty();) all += some;
    return all;
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
    return text;
}

enum class Wire { plain, tls_1_2, tls_1_3 };

// Two transports that are connected with each other.
class Transports : public testing::TestWithParam<Wire> {
  protected:
    Transports() {
        if (GetParam() == Wire::plain) {
            auto [one, other] = socket_pair();
            near = net::Transport(std::move(one));
            far = net::Transport(std::move(other));
            return;
        }
        const auto version = GetParam() == Wire::tls_1_2 ? net::TlsVersion::tls_1_2 : net::TlsVersion::tls_1_3;
        contexts.server.set_protocols(version, version);
        TlsPair pair = contexts.connect();
        near = net::Transport(std::move(pair.server_descriptor), std::move(pair.server));
        far = net::Transport(std::move(pair.client_descriptor), std::move(pair.client));
        read(far);  // the ticket of TLS 1.3
    }

    bool encrypted() const { return GetParam() != Wire::plain; }

    TlsContexts contexts;
    net::Transport near;
    net::Transport far;
};

TEST_P(Transports, ReadOfNothingWantsToRead) { EXPECT_EQ(progress_of_read(near), Progress::want_read); }

TEST_P(Transports, OneReadTakesSeveralWrites) {
    for (const std::string_view text : {"one ", "two ", "three"}) ASSERT_EQ(far.write(text).count, text.size());
    EXPECT_EQ(read(near), "one two three");
    EXPECT_EQ(progress_of_read(near), Progress::want_read);
}

TEST_P(Transports, AReadTakesNoMoreThanItsBuffer) {
    far.write("one two three");
    EXPECT_EQ(read(near, 3), "one");
    EXPECT_EQ(read(near, 5), " two ");
    EXPECT_EQ(read(near), "three");
}

TEST_P(Transports, BufferedIsWhatReadinessDoesNotShow) {
    EXPECT_FALSE(near.has_buffered());
    far.write("one two");
    EXPECT_EQ(read(near, 3), "one");
    EXPECT_EQ(near.has_buffered(), encrypted());
    EXPECT_EQ(read(near), " two");
    EXPECT_FALSE(near.has_buffered());
}

TEST_P(Transports, EndsAfterWhatWasWrittenBefore) {
    far.write("last words");
    far.end_writing();
    EXPECT_EQ(read(near), "last words");
    EXPECT_EQ(near.has_buffered(), encrypted()) << "an end that TLS has taken from the socket already";
    EXPECT_EQ(progress_of_read(near), Progress::ended);
    EXPECT_EQ(progress_of_read(near), Progress::ended) << "and it stays so";
}

TEST_P(Transports, AResetBehindTheLastWordsIsNoEnd) {
    near.write("unread, so that closing is a reset");
    far.write("last words");
    // Another file in the place of its socket: it is gone without close_notify.
    const net::Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::dup2(nothing.get(), far.descriptor()), far.descriptor());
    EXPECT_EQ(read(near), "last words");
    char byte = 0;
    const net::Outcome outcome = near.read(&byte, 1);
    EXPECT_EQ(outcome.progress, Progress::failed);
    EXPECT_EQ(outcome.error, boost::system::errc::connection_reset);
}

TEST_P(Transports, TheOtherDirectionGoesOnAfterAnEnd) {
    far.end_writing();
    EXPECT_EQ(progress_of_read(near), Progress::ended);
    EXPECT_EQ(near.write("still here").count, 10u);
    EXPECT_EQ(read(far), "still here");
    near.end_writing();
    EXPECT_EQ(progress_of_read(far), Progress::ended);
}

TEST_P(Transports, CloseIsAnEnd) {
    far.write("bye");
    far.close();
    EXPECT_FALSE(far);
    EXPECT_EQ(read(near), "bye");
    EXPECT_EQ(progress_of_read(near), Progress::ended);
}

TEST_P(Transports, CloseAfterTheEndIsNotAnError) {
    far.end_writing();
    far.close();
    EXPECT_EQ(progress_of_read(near), Progress::ended);
}

TEST_P(Transports, AWriteThatWasTakenInPartGoesOnFromThere) {
    const std::string text = pattern(4 * 1024 * 1024);
    std::string received;
    std::size_t written = 0;
    unsigned refusals = 0;
    while (written < text.size()) {
        // From another address each time: what the relay has kept moves.
        const std::string left = text.substr(written);
        const net::Outcome outcome = near.write(left);
        if (outcome.progress == Progress::want_write) {
            ++refusals;
            received += read_all(far);
            continue;
        }
        ASSERT_EQ(outcome.progress, Progress::done);
        written += outcome.count;
    }
    received += read_all(far);
    EXPECT_GT(refusals, 0u);
    EXPECT_TRUE(received == text);
}

TEST_P(Transports, EverySizeArrives) {
    const std::string text = pattern(20'000);
    for (std::size_t size = 1; size <= text.size(); size += 13) {
        ASSERT_EQ(far.write(std::string_view(text).substr(0, size)).count, size);
        ASSERT_TRUE(read_all(near) == text.substr(0, size)) << size;
    }
}

TEST_P(Transports, BothDirectionsWhileOneIsFull) {
    const std::string text = pattern(1'000'000);
    while (near.write(text).progress == Progress::done) {
    }
    far.write("meanwhile");
    EXPECT_EQ(read(near), "meanwhile");
}

INSTANTIATE_TEST_SUITE_P(Each, Transports, testing::Values(Wire::plain, Wire::tls_1_2, Wire::tls_1_3),
                         [](const auto& each) {
                             switch (each.param) {
                                 case Wire::plain: return "Plain";
                                 case Wire::tls_1_2: return "Tls12";
                                 case Wire::tls_1_3: return "Tls13";
                             }
                             return "";
                         });

class TlsSession : public testing::Test {
  protected:
    static Progress read(net::TlsSession& session) {
        char byte = 0;
        return session.read(&byte, 1).progress;
    }

    TlsContexts contexts;
};

TEST_F(TlsSession, WaitsForTheOtherSideOfAHandshake) {
    TlsPair pair = contexts.prepare();
    EXPECT_EQ(pair.server->handshake().progress, Progress::want_read);
    EXPECT_EQ(pair.client->handshake().progress, Progress::want_read);
}

TEST_F(TlsSession, AnEndDuringTheHandshakeIsNoHandshake) {
    TlsPair pair = contexts.prepare();
    pair.client_descriptor.reset();
    EXPECT_EQ(pair.server->handshake().progress, Progress::ended);
}

TEST_F(TlsSession, NoiseIsAFailureInWords) {
    TlsPair pair = contexts.prepare();
    ASSERT_EQ(::send(pair.client_descriptor.get(), "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
    const net::Outcome outcome = pair.server->handshake();
    EXPECT_EQ(outcome.progress, Progress::failed);
    EXPECT_EQ(outcome.error.category(), net::tls_category());
    EXPECT_EQ(outcome.error.message(), "http request");
    EXPECT_EQ(ERR_peek_error(), 0u) << "nothing is left for the next session of this thread";
}

TEST_F(TlsSession, AnAlertIsAFailureInWords) {
    contexts.server.set_protocols(net::TlsVersion::tls_1_3, net::TlsVersion::tls_1_3);
    contexts.client.set_protocols(net::TlsVersion::tls_1_2, net::TlsVersion::tls_1_2);
    TlsPair pair = contexts.prepare();
    pair.client->handshake();
    EXPECT_EQ(pair.server->handshake().error.message(), "unsupported protocol");
    EXPECT_EQ(pair.client->handshake().error.message(), "tlsv1 alert protocol version");
}

TEST_F(TlsSession, AServerTakesAnEndWithoutCloseNotifyForAnEnd) {
    TlsPair pair = contexts.connect();
    ::shutdown(pair.client_descriptor.get(), SHUT_WR);
    EXPECT_EQ(read(*pair.server), Progress::ended);
}

TEST_F(TlsSession, AClientDoesNot) {
    TlsPair pair = contexts.connect();
    EXPECT_EQ(read(*pair.client), Progress::want_read) << "the ticket";
    pair.server_descriptor.reset();
    EXPECT_EQ(read(*pair.client), Progress::failed);
}

TEST_F(TlsSession, TheTicketTravelsWithTheFirstWrite) {
    TlsPair pair = contexts.connect_but_for_the_ticket();
    char byte = 0;
    EXPECT_EQ(::recv(pair.client_descriptor.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1) << "nobody waits for it";
    pair.server->write("x");
    EXPECT_EQ(read(*pair.client), Progress::done);
    EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(pair.client->handle())), 1);
}

TEST_F(TlsSession, FlushSendsTheTicketAlone) {
    TlsPair pair = contexts.connect_but_for_the_ticket();
    ASSERT_EQ(pair.server->flush().progress, Progress::done);
    EXPECT_EQ(read(*pair.client), Progress::want_read);
    EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(pair.client->handle())), 1);
}

TEST_F(TlsSession, WhatIsKeptGoesBeforeAWriteThatTheSocketTakesInParts) {
    TlsPair pair = contexts.connect_but_for_the_ticket();
    const std::string text = pattern(1000000);
    std::string received;
    std::size_t sent = 0;
    std::string buffer(65536, '\0');
    while (received.size() < text.size()) {
        if (sent < text.size()) sent += pair.server->write(std::string_view(text).substr(sent)).count;
        const net::Outcome outcome = pair.client->read(buffer.data(), buffer.size());
        ASSERT_NE(outcome.progress, Progress::failed) << outcome.error.message();
        received.append(buffer, 0, outcome.count);
    }
    EXPECT_EQ(received, text);
}

TEST_F(TlsSession, HasEndedOnlyAfterTheLastByte) {
    TlsPair pair = contexts.connect();
    EXPECT_EQ(pair.server->peek().progress, Progress::want_read);
    pair.client->write("x");
    pair.client->shutdown();
    EXPECT_EQ(pair.server->peek().progress, Progress::done);
    EXPECT_EQ(read(*pair.server), Progress::done);
    EXPECT_EQ(pair.server->peek().progress, Progress::ended);
}

TEST_F(TlsSession, CanBeResumedAlthoughItEndedWithoutCloseNotify) {
    contexts.server.set_protocols(net::TlsVersion::tls_1_2, net::TlsVersion::tls_1_2);
    std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(nullptr, &SSL_SESSION_free);
    {
        TlsPair pair = contexts.connect();
        session.reset(SSL_get1_session(pair.client->handle()));
    }
    TlsPair again = contexts.connect(session.get());
    EXPECT_EQ(SSL_session_reused(again.client->handle()), 1);
}

}  // namespace
}  // namespace net_tests
