// What is thrown for one tunnel among many whose messages are read and written together.
#include <gmock/gmock.h>

#include "tests/proxy/captured_errors.hpp"
#include "tests/proxy/tunnel/crowd.hpp"
#include "tests/support/failing_memory.hpp"
#include "tests/support/temporary_folder.hpp"

namespace proxy_tests {
namespace {

using testing::HasSubstr;

constexpr std::size_t much = 1000;

class ExceptionInABatch : public Crowd {
  protected:
    // Longer than what there is memory for.
    void record_at_length() {
        const auto logs = std::make_shared<proxy::observe::AccessLogs>(
            proxy::observe::AccessLogs{*proxy::observe::LogFile::open(folder / "access.log")});
        record = {logs, "192.0.2.7", "GET /" + std::string(2 * much, 'x') + " HTTP/1.1", "", ""};
    }

    void turn_without_memory() {
        const FailingMemory failing(much);
        loop.turn();
    }

    void expect_message_of_all_but(std::size_t one) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i == one) continue;
            SCOPED_TRACE(i);
            EXPECT_TRUE(receive(all[i].upstream, text.size()) == text);
        }
    }

    const std::string text = std::string(2 * much, 't');
    TemporaryFolder folder;
    CapturedErrors errors;
};

INSTANTIATE_TEST_SUITE_P(, ExceptionInABatch, both_ways, name_of_way);

TEST_P(ExceptionInABatch, OfAWriteEndsItsTunnelAlone) {
    open(20, net_tests::socket_pair);
    net_tests::stuff(all[5].near_upstream);  // so that its message has to be kept
    for (Ends& ends : all) ends.client.send(text);
    turn_without_memory();
    expect_message_of_all_but(5);
    EXPECT_EQ(relay.size(), 19u);
    EXPECT_EQ(relay.paused(), 0u);
    EXPECT_THAT(errors.text(), HasSubstr("[crit]"));
}

TEST_P(ExceptionInABatch, OfAReadEndsItsTunnelAlone) {
    record_at_length();
    open(20, net_tests::socket_pair);
    for (Ends& ends : all) ends.client.send(text);
    all[5].client.shutdown_write();
    all[5].upstream.shutdown_write();  // two ends: the tunnel is over, and recorded
    for (int turns = 0; turns < 10 && relay.size() == 20; ++turns) turn_without_memory();
    expect_message_of_all_but(5);
    EXPECT_EQ(relay.size(), 19u);
    EXPECT_THAT(errors.text(), HasSubstr("[crit]"));
}

// Among few, each of which is written before the next is read.
TEST_P(ExceptionInABatch, OfOneOfAFewEndsItsTunnelAlone) {
    open(3, net_tests::socket_pair);
    net_tests::stuff(all[1].near_upstream);
    for (Ends& ends : all) ends.client.send(text);
    turn_without_memory();
    expect_message_of_all_but(1);
    EXPECT_EQ(relay.size(), 2u);
}

TEST(ErrorLog, DoesWithoutALineForWhichThereIsNoMemory) {
    const CapturedErrors errors;
    const auto exception = std::make_exception_ptr(std::bad_alloc());
    {
        const FailingMemory failing(0);
        proxy::observe::log_exception(7, exception);
    }
    EXPECT_EQ(errors.text(), "");
}

}  // namespace
}  // namespace proxy_tests
