// The words of failures.
#include "net/failure.hpp"

#include <set>
#include <stdexcept>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

namespace net_tests {
namespace {

using net::Party;
using net::Stage;

TEST(FailureText, NamesPartyErrorAndStage) {
    const net::Failure failure{boost::asio::error::eof, Party::upstream, Stage::response_head};
    EXPECT_EQ(net::to_string(failure), "upstream: End of file while reading response header from upstream");
}

TEST(FailureText, HasOneWordForEachParty) {
    std::set<std::string> words;
    for (const Party party : {Party::client, Party::upstream, Party::self}) words.insert(net::to_string(party));
    EXPECT_EQ(words, (std::set<std::string>{"client", "upstream", "proxy"}));
}

TEST(FailureText, HasOnePhraseForEachStage) {
    std::set<std::string> phrases;
    for (const Stage stage : {Stage::request_head, Stage::request_body, Stage::connect, Stage::send_request,
                              Stage::response_head, Stage::response_body, Stage::tunnel})
        phrases.insert(net::to_string(stage));
    EXPECT_EQ(phrases.size(), 7u);
    EXPECT_FALSE(phrases.contains(""));
}

TEST(FailureText, IsWhatValueOnAFailureThrows) {
    const net::Result<int> result = net::Failure{boost::asio::error::eof, Party::client, Stage::request_head};
    EXPECT_THROW(result.value(), std::logic_error);
}

}  // namespace
}  // namespace net_tests
