// Files of endpoints: each line is what stands behind `server`.
#include "config/endpoint_lines.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config_tests {
namespace {

using config::Upstream;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

config::EndpointLines parse(const std::string& text, const Upstream& settings = {}) {
    return config::parse_endpoint_lines("/etc/endpoints", text, settings);
}

std::vector<std::string> names(const std::string& text) {
    const auto lines = parse(text);
    std::vector<std::string> names;
    if (!lines.endpoints) return {"no endpoints"};
    for (const auto& endpoint : *lines.endpoints) names.push_back(to_string(endpoint.address));
    return names;
}

// FILE:LINE:COLUMN and the message.
std::vector<std::string> errors(const std::string& text, const Upstream& settings = {}) {
    const auto lines = parse(text, settings);
    EXPECT_FALSE(lines.endpoints);
    std::vector<std::string> texts;
    for (const auto& diagnostic : lines.diagnostics) {
        const std::string whole = render(diagnostic);
        texts.push_back(whole.substr(0, whole.find('\n')));
    }
    return texts;
}

TEST(EndpointLines, HaveOneEndpointEach) {
    EXPECT_THAT(names("127.0.0.1:80\n[::1]:8080\nbackend.example\n"),
                ElementsAre("127.0.0.1:80", "[::1]:8080", "backend.example:80"));
}

TEST(EndpointLines, MayBeEmptyIndentedCommentedAndUnended) {
    EXPECT_THAT(names("# all of them\n\n  127.0.0.1:1  # the first\r\n\t127.0.0.1:2\n\n127.0.0.1:3"),
                ElementsAre("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"));
}

TEST(EndpointLines, TakeTheParametersOfServer) {
    const auto lines = parse(
        "127.0.0.1:80 weight=3 max_conns=7 max_fails=2 fail_timeout=4s slow_start=9s drain\n"
        "a.example:80 backup resolve down\n");
    ASSERT_TRUE(lines.endpoints);
    const auto& first = lines.endpoints->at(0);
    EXPECT_EQ(first.weight, 3u);
    EXPECT_EQ(first.max_conns, 7u);
    EXPECT_EQ(first.max_fails, 2u);
    EXPECT_EQ(first.fail_timeout, std::chrono::seconds(4));
    EXPECT_EQ(first.slow_start, std::chrono::seconds(9));
    EXPECT_TRUE(first.drain);
    const auto& second = lines.endpoints->at(1);
    EXPECT_TRUE(second.backup && second.resolve && second.down);
}

TEST(EndpointLines, FindUnixSocketsBesideTheFile) {
    EXPECT_THAT(names("unix:run/a.sock\nunix:/run/b.sock"),
                ElementsAre("unix:/etc/run/a.sock", "unix:/run/b.sock"));
}

TEST(EndpointLines, WithMistakesAreAllNamed) {
    EXPECT_THAT(errors("127.0.0.1:80 wieght=2\n127.0.0.1:80\n127.0.0.1:x\n"),
                ElementsAre("/etc/endpoints:1:14: error: unknown or unsupported parameter \"wieght=2\"",
                            "/etc/endpoints:3:1: error: invalid port \"x\""));
}

TEST(EndpointLines, AreNoDirectives) {
    EXPECT_THAT(errors("server 127.0.0.1:80;\n"),
                testing::Contains(HasSubstr("/etc/endpoints:1:20: error: unexpected punctuation")));
}

TEST(EndpointLines, OfAnEmptyFileMayBeHalfWritten) {
    for (const char* text : {"", "\n", "# nothing\n"})
        EXPECT_THAT(errors(text), ElementsAre("/etc/endpoints: error: there is no endpoint in it")) << text;
}

TEST(EndpointLines, FollowTheRulesOfTheirPool) {
    Upstream hashed;
    hashed.balance = config::IpHash{};
    EXPECT_THAT(errors("127.0.0.1:80 backup\n127.0.0.2:80\n", hashed),
                ElementsAre("/etc/endpoints:1:14: error: \"backup\" does not work with ip_hash"));
    EXPECT_THAT(errors("127.0.0.1:80 backup\n"), ElementsAre(HasSubstr("all servers of the upstream")));
}

TEST(EndpointLines, DoNotRepeatTheServersOfTheBlock) {
    Upstream settings;
    settings.endpoints.resize(2);
    const auto lines = parse("127.0.0.1:80 backup\n", settings);
    ASSERT_TRUE(lines.endpoints);
    EXPECT_EQ(lines.endpoints->size(), 1u);
}

TEST(EndpointLines, MayBeMany) {
    std::string text;
    for (int i = 0; i < 10'000; ++i)
        text += "10.0." + std::to_string(i / 256) + '.' + std::to_string(i % 256) + ":80 weight=2\n";
    const auto lines = parse(text);
    ASSERT_TRUE(lines.endpoints);
    EXPECT_EQ(lines.endpoints->size(), 10'000u);
}

TEST(EndpointLines, OfAFileThatIsNotThere) {
    const auto lines = config::load_endpoint_lines("/nonexistent/endpoints", {});
    EXPECT_FALSE(lines.endpoints);
    ASSERT_EQ(lines.diagnostics.size(), 1u);
    EXPECT_EQ(render(lines.diagnostics[0]),
              "/nonexistent/endpoints: error: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace config_tests
