// Look-ups against a nameserver on the same event loop.
#include "upstream/discovery/resolver.hpp"

#include "tests/upstream/discovery/dns_message.hpp"
#include "upstream/discovery/name_watch.hpp"

#include <ares.h>
#include <array>
#include <map>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::udp;
using testing::ElementsAre;
using upstream::Answer;

// Answers each question as it was told to, and those it was told nothing of not at all.
class Nameserver {
  public:
    explicit Nameserver(boost::asio::io_context& context)
        : socket_(context, udp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)) {
        receive();
    }

    std::uint16_t port() const { return socket_.local_endpoint().port(); }
    std::size_t questions() const { return questions_; }

    void set(const std::string& name, std::uint16_t type, DnsCode code,
             std::vector<std::string> records = {}) {
        answers_[{name, type}] = {code, std::move(records)};
    }
    void set_address(const std::string& name, unsigned ttl, const std::string& four_bytes) {
        set(name, dns_a, DnsCode::no_error, {dns_record(name, dns_a, ttl, four_bytes)});
        set(name, dns_aaaa, DnsCode::no_error);
    }

  private:
    struct Reply {
        DnsCode code;
        std::vector<std::string> records;
    };

    void receive() {
        socket_.async_receive_from(boost::asio::buffer(buffer_), client_,
                                   [this](auto error, std::size_t size) {
                                       if (error) return;
                                       reply(size);
                                       receive();
                                   });
    }

    void reply(std::size_t size) {
        ++questions_;
        const auto byte = [this](std::size_t place) { return static_cast<unsigned char>(buffer_[place]); };
        std::string name;
        std::size_t place = 12;
        while (place < size && byte(place) != 0) {
            name += (name.empty() ? "" : ".") + std::string(buffer_.data() + place + 1, byte(place));
            place += byte(place) + 1u;
        }
        const auto type = static_cast<std::uint16_t>(byte(place + 1) << 8 | byte(place + 2));
        const auto found = answers_.find({name, type});
        if (found == answers_.end()) return;
        const auto id = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
        socket_.send_to(
            boost::asio::buffer(dns_message(id, name, type, found->second.code, found->second.records)),
            client_);
    }

    udp::socket socket_;
    udp::endpoint client_;
    std::array<char, 512> buffer_{};
    std::map<std::pair<std::string, std::uint16_t>, Reply> answers_;
    std::size_t questions_ = 0;
};

const std::string one{"\x7f\0\0\1", 4};
const std::string two{"\x7f\0\0\2", 4};

// What c-ares says when the only nameserver has failed as often as it may.
const std::string nobody_helps = ares_strerror(ARES_ECONNREFUSED);

class Resolvers : public testing::Test {
  protected:
    config::Resolver settings() const {
        config::Resolver made;
        made.nameservers = {{"127.0.0.1", nameserver.port()}};
        return made;
    }
    config::Resolver impatient() const {
        config::Resolver made = settings();
        made.timeout = 50ms;
        return made;
    }

    // The service has one.example at 127.0.0.1:8081 and another target at port 8082, with these priorities.
    void set_service(const std::string& other, std::uint16_t priority, std::uint16_t weight) {
        const std::string name = "_http._tcp.a.example";
        nameserver.set(name, dns_srv, DnsCode::no_error,
                       {srv_record(name, 60, 10, 3, 8081, "one.example"),
                        srv_record(name, 60, priority, weight, 8082, other)});
        nameserver.set_address("one.example", 30, one);
    }
    net::IoResult<Answer> look_up_service() { return look_up(settings(), {"a.example", "http", 0}); }

    net::IoResult<Answer> look_up(const config::Resolver& with, upstream::Question question) {
        std::optional<net::IoResult<Answer>> result;
        resolver.look_up(with, std::move(question),
                         [&](net::IoResult<Answer> answer) { result = std::move(answer); });
        const auto limit = std::chrono::steady_clock::now() + 20s;
        while (!result && context.run_one_until(limit) > 0) continue;
        EXPECT_TRUE(result) << "no answer came";
        return result ? std::move(*result) : make_error_code(boost::system::errc::timed_out);
    }

    // "priority/weight ADDRESS", or the error.
    static std::vector<std::string> texts(const net::IoResult<Answer>& answer) {
        if (!answer) return {answer.error().message()};
        std::vector<std::string> texts;
        for (const auto& record : answer->records)
            texts.push_back(std::to_string(record.priority) + '/' + std::to_string(record.weight) + ' ' +
                            net::to_string(record.address));
        return texts;
    }

    // "FAMILY:PORT".
    static std::vector<std::string> gaps(const Answer& answer) {
        std::vector<std::string> texts;
        for (const auto& gap : answer.gaps)
            texts.push_back((gap.family == AF_INET6 ? "ipv6:" : "ipv4:") + std::to_string(gap.port));
        return texts;
    }

    boost::asio::io_context context;
    Nameserver nameserver{context};
    upstream::Resolver resolver{context.get_executor()};
};

TEST_F(Resolvers, GiveAddressesOfBothFamiliesWithThePortAndTheShortestTtl) {
    nameserver.set("a.example", dns_a, DnsCode::no_error,
                   {dns_record("a.example", dns_a, 60, two), dns_record("a.example", dns_a, 40, one)});
    nameserver.set("a.example", dns_aaaa, DnsCode::no_error,
                   {dns_record("a.example", dns_aaaa, 50, std::string(15, '\0') + '\1')});
    const auto answer = look_up(settings(), {"a.example", "", 8080});
    EXPECT_THAT(texts(answer), ElementsAre("0/0 127.0.0.1:8080", "0/0 127.0.0.2:8080", "0/0 [::1]:8080"));
    EXPECT_EQ(answer->ttl, 40s);
}

TEST_F(Resolvers, CountTheTtlOfAnAlias) {
    nameserver.set("a.example", dns_a, DnsCode::no_error,
                   {dns_record("a.example", dns_cname, 20, dns_name("b.example")), dns_record("b.example", dns_a, 60, one)});
    nameserver.set("a.example", dns_aaaa, DnsCode::no_error);
    const auto answer = look_up(settings(), {"a.example", "", 80});
    EXPECT_THAT(texts(answer), ElementsAre("0/0 127.0.0.1:80"));
    EXPECT_EQ(answer->ttl, 20s);
}

// It has no TTL. The names of the hosts file are such, which must not be read each second for that; here it is an address.
TEST_F(Resolvers, KeepForAWhileWhatNoNameserverIsAskedFor) {
    config::Resolver only_ipv4 = settings();
    only_ipv4.ipv6 = false;
    const auto answer = look_up(only_ipv4, {"127.0.0.1", "", 80});
    ASSERT_THAT(texts(answer), ElementsAre("0/0 127.0.0.1:80"));
    EXPECT_EQ(answer->ttl, 30s);
    EXPECT_EQ(nameserver.questions(), 0u);
}

TEST_F(Resolvers, TellOfAFamilyThatNobodyTellsOf) {
    nameserver.set_address("a.example", 600, one);
    nameserver.set("a.example", dns_aaaa, DnsCode::server_failure);
    const auto answer = look_up(settings(), {"a.example", "", 80});
    EXPECT_THAT(texts(answer), ElementsAre("0/0 127.0.0.1:80"));
    EXPECT_THAT(gaps(*answer), ElementsAre("ipv6:80"));
    EXPECT_EQ(answer->ttl, 600s);
    EXPECT_EQ(good_for(*answer, settings()), 30s);
}

TEST_F(Resolvers, TellOfAFamilyThatIsMetWithSilence) {
    nameserver.set("a.example", dns_aaaa, DnsCode::no_error,
                   {dns_record("a.example", dns_aaaa, 5, std::string(15, '\0') + '\1')});
    const auto answer = look_up(impatient(), {"a.example", "", 80});
    EXPECT_THAT(texts(answer), ElementsAre("0/0 [::1]:80"));
    EXPECT_THAT(gaps(*answer), ElementsAre("ipv4:80"));
    EXPECT_EQ(answer->ttl, 5s);
}

TEST_F(Resolvers, FailForANameThatOneFamilyFailsForAndTheOtherDoesNotHave) {
    nameserver.set("a.example", dns_a, DnsCode::server_failure);
    nameserver.set("a.example", dns_aaaa, DnsCode::no_error);
    EXPECT_THAT(texts(look_up(settings(), {"a.example", "", 80})), ElementsAre(nobody_helps));
}

TEST_F(Resolvers, AskOnlyForTheFamilyThatIsWanted) {
    nameserver.set_address("a.example", 60, one);
    config::Resolver only_ipv4 = settings();
    only_ipv4.ipv6 = false;
    EXPECT_THAT(texts(look_up(only_ipv4, {"a.example", "", 80})), ElementsAre("0/0 127.0.0.1:80"));
    EXPECT_EQ(nameserver.questions(), 1u);
}

TEST_F(Resolvers, TellThatANameDoesNotExist) {
    for (const auto type : {dns_a, dns_aaaa}) nameserver.set("a.example", type, DnsCode::no_such_name);
    const auto answer = look_up(settings(), {"a.example", "", 80});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), net::ErrorCode(ARES_ENOTFOUND, upstream::dns_category()));
}

TEST_F(Resolvers, TellThatANameHasNoAddress) {
    for (const auto type : {dns_a, dns_aaaa}) nameserver.set("a.example", type, DnsCode::no_error);
    const auto answer = look_up(settings(), {"a.example", "", 80});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), net::ErrorCode(ARES_ENODATA, upstream::dns_category()));
}

TEST_F(Resolvers, GiveUpOnANameserverThatIsSilent) {
    const auto answer = look_up(impatient(), {"a.example", "", 80});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), net::ErrorCode(ARES_ETIMEOUT, upstream::dns_category()));
}

TEST_F(Resolvers, GiveUpOnANameserverThatRefuses) {
    for (const auto type : {dns_a, dns_aaaa}) nameserver.set("a.example", type, DnsCode::server_failure);
    EXPECT_FALSE(look_up(settings(), {"a.example", "", 80}));
}

TEST_F(Resolvers, AskTheNextNameserverWhenNobodyIsThere) {
    nameserver.set_address("a.example", 60, one);
    config::Resolver both = settings();
    {
        const udp::socket closed(context, udp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0));
        both.nameservers.insert(both.nameservers.begin(), {"127.0.0.1", closed.local_endpoint().port()});
    }
    EXPECT_THAT(texts(look_up(both, {"a.example", "", 80})), ElementsAre("0/0 127.0.0.1:80"));
}

TEST_F(Resolvers, FollowAServiceToItsTargets) {
    set_service("two.example", 20, 4);
    nameserver.set_address("two.example", 90, two);
    const auto answer = look_up_service();
    EXPECT_THAT(texts(answer), ElementsAre("10/3 127.0.0.1:8081", "20/4 127.0.0.2:8082"));
    EXPECT_EQ(answer->ttl, 30s);
    EXPECT_EQ(answer->records[0].target, "one.example");
}

TEST_F(Resolvers, LeaveOutATargetThatDoesNotExist) {
    set_service("none.example", 10, 3);
    for (const auto type : {dns_a, dns_aaaa}) nameserver.set("none.example", type, DnsCode::no_such_name);
    EXPECT_THAT(texts(look_up_service()), ElementsAre("10/3 127.0.0.1:8081"));
}

TEST_F(Resolvers, FailForAServiceWhoseTargetNobodyTellsOf) {
    set_service("broken.example", 10, 3);
    for (const auto type : {dns_a, dns_aaaa}) nameserver.set("broken.example", type, DnsCode::server_failure);
    EXPECT_THAT(texts(look_up_service()), ElementsAre(nobody_helps));
}

TEST_F(Resolvers, TellWhichTargetHasAFamilyThatNobodyTellsOf) {
    set_service("two.example", 20, 4);
    nameserver.set_address("two.example", 90, two);
    nameserver.set("two.example", dns_aaaa, DnsCode::server_failure);
    const auto answer = look_up_service();
    EXPECT_THAT(texts(answer), ElementsAre("10/3 127.0.0.1:8081", "20/4 127.0.0.2:8082"));
    ASSERT_THAT(gaps(*answer), ElementsAre("ipv6:8082"));
    EXPECT_EQ(answer->gaps[0].record.target, "two.example");
}

TEST_F(Resolvers, FailForAServiceThatDoesNotExist) {
    nameserver.set("_http._tcp.a.example", dns_srv, DnsCode::no_such_name);
    const auto answer = look_up_service();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), net::ErrorCode(ARES_ENOTFOUND, upstream::dns_category()));
}

TEST_F(Resolvers, BoundLookUpsAtATimeAndForgetNone) {
    constexpr std::size_t all = 3 * upstream::Resolver::most_at_once;
    config::Resolver only_ipv4 = impatient();
    only_ipv4.ipv6 = false;
    std::size_t ended = 0;
    std::size_t most_open = 0;
    for (std::size_t i = 0; i < all; ++i)
        resolver.look_up(only_ipv4, {"silent.example", "", 80}, [&](const auto& answer) {
            EXPECT_FALSE(answer);
            ++ended;
        });
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (ended < all && context.run_one_until(limit) > 0)
        most_open = std::max(most_open, nameserver.questions() - std::min(nameserver.questions(), ended));
    context.poll();
    EXPECT_EQ(ended, all);
    EXPECT_LE(most_open, upstream::Resolver::most_at_once);
    EXPECT_EQ(nameserver.questions(), all);
}

TEST(ResolverOfALoopThatEnds, LeavesNothingBehind) {
    std::optional<boost::asio::io_context> context(std::in_place);
    std::optional<Nameserver> nameserver(std::in_place, *context);
    std::optional<upstream::Resolver> resolver(std::in_place, context->get_executor());
    config::Resolver settings;
    settings.nameservers = {{"127.0.0.1", nameserver->port()}};
    resolver->look_up(settings, {"silent.example", "", 80},
                      [](const auto&) { FAIL() << "called after the end"; });
    while (nameserver->questions() == 0) ASSERT_GT(context->run_one_for(20s), 0u);
    nameserver.reset();
    resolver.reset();
    context.reset();
}

}  // namespace
}  // namespace upstream_tests
