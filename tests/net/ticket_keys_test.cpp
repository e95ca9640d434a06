// Rotation of the keys that session tickets are sealed with, and the files they may come from.
#include "net/ticket_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/net/fake_clock.hpp"
#include "tests/net/tls_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

namespace net_tests {
namespace {

using namespace std::chrono_literals;
using Age = net::TicketKeys::Age;
using testing::HasSubstr;

class TicketKeys : public testing::Test {
  protected:
    std::optional<Age> age_of(const net::TicketKey& key) {
        const auto found = keys.find(key.name.data());
        return found ? std::optional(found->second) : std::nullopt;
    }

    FakeClock clock;
    net::TicketKeys keys{10s, &FakeClock::now};
};

TEST_F(TicketKeys, SealsWithOneKeyForALifetime) {
    const auto first = keys.sealing_key();
    clock.advance(9999ms);
    EXPECT_EQ(keys.sealing_key().name, first.name);
    EXPECT_EQ(age_of(first), Age::current);
}

TEST_F(TicketKeys, SealsWithANewKeyAfterALifetime) {
    const auto first = keys.sealing_key();
    clock.advance(10s);
    const auto second = keys.sealing_key();
    EXPECT_NE(second.name, first.name);
    EXPECT_NE(second.mac_key, first.mac_key);
    EXPECT_NE(second.cipher_key, first.cipher_key);
}

TEST_F(TicketKeys, TheOldKeyOpensForOneMoreLifetime) {
    const auto first = keys.sealing_key();
    clock.advance(10s);
    EXPECT_EQ(age_of(first), Age::old);
    clock.advance(9999ms);
    EXPECT_EQ(age_of(first), Age::old);
    clock.advance(1ms);
    EXPECT_EQ(age_of(first), std::nullopt);
}

TEST_F(TicketKeys, AKeyThatNobodyAskedForAfterItsLifetimeIsForgotten) {
    const auto first = keys.sealing_key();
    clock.advance(20s);
    EXPECT_EQ(age_of(first), std::nullopt);
    EXPECT_NE(keys.sealing_key().name, first.name);
}

TEST_F(TicketKeys, DoesNotKnowAForeignName) {
    net::TicketKeys others(10s, &FakeClock::now);
    EXPECT_EQ(age_of(others.sealing_key()), std::nullopt);
}

class TicketKeyFiles : public testing::Test {
  protected:
    std::string file(const std::string& name, std::size_t size) const {
        replace(folder / name, std::string(size, name[0]));
        return (folder / name).string();
    }

    TemporaryFolder folder;
    FakeClock clock;
};

TEST_F(TicketKeyFiles, TheFirstSealsAndAllOpen) {
    const auto keys = net::TicketKeys::from_files({file("a", 80), file("b", 80)});
    ASSERT_TRUE(keys) << keys.error();
    const auto sealing = (*keys)->sealing_key();
    EXPECT_EQ(sealing.name[0], 'a');
    EXPECT_EQ(sealing.cipher_key[31], 'a');
    EXPECT_EQ((*keys)->find(sealing.name.data())->second, Age::current);
    const std::string second(16, 'b');
    const auto found = (*keys)->find(reinterpret_cast<const unsigned char*>(second.data()));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->second, Age::old);
    EXPECT_EQ(found->first.mac_key[0], 'b');
}

TEST_F(TicketKeyFiles, AreRefusedInAnyOtherSize) {
    for (const std::size_t size : {0u, 1u, 48u, 79u, 81u, 160u}) {
        const std::string name = file("k", size);
        const auto keys = net::TicketKeys::from_files({name});
        ASSERT_FALSE(keys) << size;
        EXPECT_THAT(keys.error(), HasSubstr(name));
    }
}

TEST_F(TicketKeyFiles, AreRefusedWhenOneIsMissing) {
    const auto keys = net::TicketKeys::from_files({file("a", 80), (folder / "missing").string()});
    ASSERT_FALSE(keys);
    EXPECT_THAT(keys.error(), HasSubstr("missing"));
}

// Resumption with real sessions, TLS 1.2 so that the ticket comes with the handshake.
class Tickets : public testing::Test {
  protected:
    Tickets() {
        net::TicketKeys::install(contexts.server, keys);
        contexts.server.set_protocols(net::TlsVersion::tls_1_2, net::TlsVersion::tls_1_2);
    }

    // One handshake with the ticket of the last one; whether it was resumed.
    bool resumes() {
        TlsPair pair = contexts.connect(session.get());
        const bool reused = SSL_session_reused(pair.client->handle()) == 1;
        session.reset(SSL_get1_session(pair.client->handle()));
        return reused;
    }

    struct Free {
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };
    FakeClock clock;
    std::shared_ptr<net::TicketKeys> keys = std::make_shared<net::TicketKeys>(10s, &FakeClock::now);
    TlsContexts contexts;
    std::unique_ptr<SSL_SESSION, Free> session;
};

TEST_F(Tickets, ResumeASession) {
    EXPECT_FALSE(resumes());
    EXPECT_TRUE(resumes());
    EXPECT_TRUE(resumes());
}

TEST_F(Tickets, OfTheOldKeyAreOpenedAndRenewed) {
    EXPECT_FALSE(resumes());
    clock.advance(10s);
    EXPECT_TRUE(resumes());
    clock.advance(10s);  // the first key is gone; the renewed ticket was sealed with the second
    EXPECT_TRUE(resumes());
}

TEST_F(Tickets, OfAKeyThatIsGoneAreAFullHandshake) {
    EXPECT_FALSE(resumes());
    clock.advance(20s);
    EXPECT_FALSE(resumes());
    EXPECT_TRUE(resumes());
}

}  // namespace
}  // namespace net_tests
