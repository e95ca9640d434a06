// SRV records: the names asked for, messages that hold them, and the endpoints they come to.
#include "upstream/discovery/srv.hpp"

#include "tests/upstream/discovery/dns_message.hpp"
#include "tests/upstream/discovery/fake_outside.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upstream_tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// The examples of nginx's documentation.
TEST(SrvName, IsTheOneOfRfc2782UnlessTheServiceHasADot) {
    EXPECT_EQ(upstream::srv_name("backend.example.com", "http"), "_http._tcp.backend.example.com");
    EXPECT_EQ(upstream::srv_name("backend.example.com", "_http._tcp"), "_http._tcp.backend.example.com");
    EXPECT_EQ(upstream::srv_name("example.com", "server1.backend"), "server1.backend.example.com");
}

net::IoResult<upstream::SrvAnswer> parse(const std::string& message) {
    return upstream::parse_srv({reinterpret_cast<const unsigned char*>(message.data()), message.size()});
}

std::string answer_with(const std::vector<std::string>& records) {
    return dns_message(7, "_http._tcp.a", dns_srv, DnsCode::no_error, records);
}

TEST(ParseSrv, ReadsRecordsAndTheShortestTtl) {
    const auto answer = parse(answer_with({srv_record("_http._tcp.a", 60, 1, 5, 8080, "one.a"),
                                           srv_record("_http._tcp.a", 20, 2, 0, 65535, "two.a")}));
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->records.size(), 2u);
    EXPECT_EQ(answer->records[0].priority, 1u);
    EXPECT_EQ(answer->records[0].weight, 5u);
    EXPECT_EQ(answer->records[0].port, 8080u);
    EXPECT_EQ(answer->records[0].target, "one.a");
    EXPECT_EQ(answer->records[1].port, 65535u);
    EXPECT_EQ(answer->ttl, 20s);
}

// RFC 2782: 'A Target of "." means that the service is decidedly not available at this domain.'
TEST(ParseSrv, LeavesOutWhatSaysThatThereIsNoService) {
    const auto answer = parse(answer_with({srv_record("_http._tcp.a", 60, 1, 5, 8080, "")}));
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->records, IsEmpty());
}

TEST(ParseSrv, LeavesOutPortZero) {
    const auto answer = parse(answer_with({srv_record("_http._tcp.a", 60, 1, 5, 0, "one.a")}));
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->records, IsEmpty());
}

TEST(ParseSrv, RefusesAMessageCutAnywhere) {
    const std::string message = answer_with({srv_record("_http._tcp.a", 60, 1, 5, 8080, "one.a")});
    for (std::size_t length = 0; length < message.size(); ++length)
        EXPECT_FALSE(parse(message.substr(0, length))) << length << " of " << message.size() << " bytes";
}

// One line for each candidate: "ADDRESS weight=N [backup]".
std::vector<std::string> came_of(const config::Endpoint& line, std::vector<upstream::Record> records) {
    std::sort(records.begin(), records.end());
    std::vector<std::string> texts;
    for (const auto& [settings, address] : upstream::candidates(line, records))
        texts.push_back(net::to_string(address) + " weight=" + std::to_string(settings.weight) +
                        (settings.backup ? " backup" : ""));
    return texts;
}

upstream::Record of_service(const std::string& address, std::uint16_t priority, std::uint16_t weight) {
    upstream::Record made = record(address);
    made.priority = priority;
    made.weight = weight;
    made.target = "target.a";
    return made;
}

config::Endpoint line(const std::string& service) {
    config::Endpoint endpoint;
    endpoint.name = "a";
    endpoint.service = service;
    endpoint.resolve = true;
    return endpoint;
}

TEST(Candidates, OfANameHaveTheSettingsOfTheLine) {
    config::Endpoint settings = line("");
    settings.weight = 3;
    EXPECT_THAT(came_of(settings, {record("127.0.0.1:80"), record("127.0.0.2:80")}),
                ElementsAre("127.0.0.1:80 weight=3", "127.0.0.2:80 weight=3"));
    settings.backup = true;
    EXPECT_THAT(came_of(settings, {record("127.0.0.1:80")}), ElementsAre("127.0.0.1:80 weight=3 backup"));
}

TEST(Candidates, OfAServiceAreBackupsBehindTheBestPriority) {
    EXPECT_THAT(came_of(line("http"), {of_service("127.0.0.1:80", 20, 1), of_service("127.0.0.2:80", 10, 1),
                                       of_service("127.0.0.3:80", 10, 1), of_service("127.0.0.4:80", 30, 1)}),
                ElementsAre("127.0.0.2:80 weight=1", "127.0.0.3:80 weight=1", "127.0.0.1:80 weight=1 backup",
                            "127.0.0.4:80 weight=1 backup"));
}

TEST(Candidates, OfABackupServiceAreOnlyTheBestPriority) {
    config::Endpoint settings = line("http");
    settings.backup = true;
    EXPECT_THAT(came_of(settings, {of_service("127.0.0.1:80", 20, 1), of_service("127.0.0.2:80", 10, 1)}),
                ElementsAre("127.0.0.2:80 weight=1 backup"));
}

TEST(Candidates, OfAServiceHaveTheWeightsOfTheirRecords) {
    EXPECT_THAT(came_of(line("http"), {of_service("127.0.0.1:80", 0, 0), of_service("127.0.0.2:80", 0, 7)}),
                ElementsAre("127.0.0.1:80 weight=1", "127.0.0.2:80 weight=7"));
}

TEST(Candidates, OfAServiceHaveTheWeightOfTheLineWhereItIsWritten) {
    config::Endpoint settings = line("http");
    settings.weight = 4;
    EXPECT_THAT(came_of(settings, {of_service("127.0.0.1:80", 0, 7)}), ElementsAre("127.0.0.1:80 weight=4"));
}

TEST(Candidates, OfAServiceAreNamedAsTheirTargets) {
    const auto found = upstream::candidates(line("http"), {of_service("127.0.0.1:80", 0, 7)});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].first.name, "target.a");
}

}  // namespace
}  // namespace upstream_tests
