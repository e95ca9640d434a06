// Reading, writing and deadlines of a stream over a socket pair.
#include "net/stream.hpp"

#include <array>
#include <vector>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include "tests/net/stream_fixture.hpp"

namespace net_tests {
namespace {

using namespace std::chrono_literals;
namespace error = boost::asio::error;

class Stream : public testing::Test {
  protected:
    Stream() : pair(loop.stream()) {}
    ~Stream() override {  // a coroutine that still waits uses the stream
        if (pair.first) pair.first->cancel();
        loop.turn();
    }

    auto read(net::Duration timeout) { return stream().read_some(boost::asio::buffer(buffer), timeout); }
    net::Stream& stream() { return *pair.first; }
    Peer& peer() { return pair.second; }

    // Takes all that the stream writes until the coroutine has ended.
    template <typename T>
    std::string drain(Outcome<T>& outcome) {
        std::string all;
        while (!outcome.done()) {
            const std::string some = peer().receive();
            if (some.empty()) throw std::runtime_error("the writer does not go on");
            all += some;
            loop.turn();
        }
        return all + peer().receive();
    }

    Loop loop;
    std::pair<std::unique_ptr<net::Stream>, Peer> pair;
    std::array<char, 1024> buffer{};
};

TEST_F(Stream, ReadsWhatIsThere) {
    peer().send("hello");
    const auto count = loop.run(read(1s));
    ASSERT_TRUE(count);
    EXPECT_EQ(std::string(buffer.data(), *count), "hello");
}

TEST_F(Stream, WaitsForBytes) {
    auto reading = loop.start(read(1s));
    EXPECT_FALSE(reading.done());
    peer().send("x");
    loop.turn();
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(*reading.take(), 1u);
}

TEST_F(Stream, ReadGivesEofAtTheEnd) {
    peer().send("x");
    peer().close();
    EXPECT_TRUE(loop.run(read(1s)));
    EXPECT_EQ(loop.run(read(1s)).error(), error::eof);
}

TEST_F(Stream, ReadTimesOut) {
    auto reading = loop.start(read(1s));
    loop.expire(999ms);
    EXPECT_FALSE(reading.done());
    loop.expire(1ms);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take().error(), error::timed_out);
}

TEST_F(Stream, ReadWithoutLimitWaitsForever) {
    auto reading = loop.start(read(0s));
    loop.expire(1000h);
    EXPECT_FALSE(reading.done());
}

TEST_F(Stream, TheLimitOfAFinishedReadIsForgotten) {
    peer().send("x");
    loop.run(read(1s));
    auto reading = loop.start(read(1h));
    loop.expire(1min);
    EXPECT_FALSE(reading.done());
}

TEST_F(Stream, PostponeMovesTheLimitOfAPendingRead) {
    auto reading = loop.start(read(1s));
    loop.expire(900ms);
    stream().postpone_read(1s);
    loop.expire(900ms);
    EXPECT_FALSE(reading.done());
    loop.expire(100ms);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take().error(), error::timed_out);
}

TEST_F(Stream, PostponeDoesNotLimitAReadThatHasNoLimit) {
    auto reading = loop.start(read(0s));
    stream().postpone_read(1s);
    loop.expire(1h);
    EXPECT_FALSE(reading.done());
}

TEST_F(Stream, CancelEndsARead) {
    auto reading = loop.start(read(1s));
    stream().cancel();
    loop.turn();
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take().error(), error::operation_aborted);
}

TEST_F(Stream, ATimeoutIsForgottenByTheNextRead) {
    auto first = loop.start(read(1s));
    loop.expire(1s);
    ASSERT_EQ(first.take().error(), error::timed_out);
    auto next = loop.start(read(1h));
    stream().cancel();
    loop.turn();
    ASSERT_TRUE(next.done());
    EXPECT_EQ(next.take().error(), error::operation_aborted);
}

TEST_F(Stream, ReadsAtOnceOnlyWhereThereIsAWordOfData) {
    peer().send("hello");
    EXPECT_FALSE(stream().read_at_once(boost::asio::buffer(buffer)));
    stream().expect_data();
    const auto received = stream().read_at_once(boost::asio::buffer(buffer));
    ASSERT_TRUE(received && *received);
    EXPECT_EQ(std::string(buffer.data(), **received), "hello");
}

TEST_F(Stream, WhatWasExpectedInVainIsWaitedFor) {
    stream().expect_data();
    EXPECT_FALSE(stream().read_at_once(boost::asio::buffer(buffer)));
    auto waiting = loop.start(stream().wait_readable(1s));
    EXPECT_FALSE(waiting.done());
    peer().send("x");
    loop.turn();
    EXPECT_TRUE(waiting.done());
}

TEST_F(Stream, WaitReadableReturnsWithoutReading) {
    auto waiting = loop.start(stream().wait_readable(1s));
    EXPECT_FALSE(waiting.done());
    peer().send("x");
    loop.turn();
    ASSERT_TRUE(waiting.done());
    EXPECT_TRUE(waiting.take());
    EXPECT_EQ(*loop.run(read(1s)), 1u);
}

TEST_F(Stream, WaitReadableTimesOut) {
    auto waiting = loop.start(stream().wait_readable(1s));
    loop.expire(1s);
    ASSERT_TRUE(waiting.done());
    EXPECT_EQ(waiting.take().error(), error::timed_out);
}

TEST_F(Stream, ReadsAtOnceOnlyWhatAWaitHasToldOf) {
    peer().send("x");
    EXPECT_FALSE(stream().read_at_once(boost::asio::buffer(buffer)));
    EXPECT_TRUE(loop.run(stream().wait_readable(1s)));
    const auto received = stream().read_at_once(boost::asio::buffer(buffer));
    ASSERT_TRUE(received);
    EXPECT_EQ(received->value(), 1u);
    EXPECT_FALSE(stream().read_at_once(boost::asio::buffer(buffer)));
}

TEST_F(Stream, ReadsAnEndAtOnce) {
    peer().close();
    EXPECT_TRUE(loop.run(stream().wait_readable(1s)));
    const auto received = stream().read_at_once(boost::asio::buffer(buffer));
    ASSERT_TRUE(received);
    EXPECT_EQ(received->error(), error::eof);
}

TEST_F(Stream, WritesAtOnceWhatTheSocketTakesAndLeavesTheRest) {
    const std::string large(4 * 1024 * 1024, 'x');
    net::Unsent left{std::string_view(large)};
    EXPECT_TRUE(stream().write_at_once(left));
    EXPECT_LT(left.first().size(), large.size());
    EXPECT_FALSE(left.empty());
    auto writing = loop.start(stream().write(left, 1s));
    EXPECT_EQ(drain(writing).size(), large.size());
}

TEST_F(Stream, WriteAtOnceTellsOfAPeerThatHasGone) {
    peer().close();
    net::Unsent left{std::string_view("x")};
    EXPECT_EQ(stream().write_at_once(left).error(), error::broken_pipe);
}

TEST(Unsent, DropsBytesAcrossBuffersAndEmptyOnesWithThem) {
    const std::string_view words[] = {"", "one ", "", "two", ""};
    std::vector<boost::asio::const_buffer> buffers;
    for (const std::string_view word : words) buffers.emplace_back(word.data(), word.size());
    net::Unsent left{std::span<const boost::asio::const_buffer>(buffers)};
    const auto first = [&] { return std::string(static_cast<const char*>(left.first().data()), left.first().size()); };
    EXPECT_EQ(first(), "one ");
    left.drop(1);
    EXPECT_EQ(first(), "ne ");
    left.drop(5);
    EXPECT_EQ(first(), "o");
    EXPECT_FALSE(left.empty());
    left.drop(1);
    EXPECT_TRUE(left.empty());
}

TEST_F(Stream, WritesText) {
    EXPECT_TRUE(loop.run(stream().write("hello", 1s)));
    EXPECT_EQ(peer().receive(), "hello");
}

TEST_F(Stream, WritesBuffersInOrderAndSkipsEmptyOnes) {
    const std::string_view words[] = {"", "one ", "", "two ", "three", ""};
    std::vector<boost::asio::const_buffer> buffers;
    for (const std::string_view word : words) buffers.emplace_back(word.data(), word.size());
    EXPECT_TRUE(loop.run(stream().write(buffers, 1s)));
    EXPECT_EQ(peer().receive(), "one two three");
}

TEST_F(Stream, WritingNothingSucceeds) {
    EXPECT_TRUE(loop.run(stream().write("", 1s)));
    EXPECT_TRUE(loop.run(stream().write(std::span<const boost::asio::const_buffer>(), 1s)));
}

TEST_F(Stream, WritesMoreBuffersThanOneCallTakes) {
    const std::vector<boost::asio::const_buffer> buffers(200, boost::asio::buffer("ab", 2));
    EXPECT_TRUE(loop.run(stream().write(buffers, 1s)));
    EXPECT_EQ(peer().receive().size(), 400u);
}

TEST_F(Stream, WritesMoreThanTheSocketTakesAtThePaceOfTheReader) {
    std::string large(4 * 1024 * 1024, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 251);
    auto writing = loop.start(stream().write(large, 1s));
    EXPECT_FALSE(writing.done());
    const std::string received = drain(writing);
    EXPECT_TRUE(writing.take());
    EXPECT_TRUE(received == large);
}

TEST_F(Stream, WritesManyBuffersAcrossPartialWrites) {
    std::string large;
    for (int i = 0; i < 400'000; ++i) large += std::to_string(i);
    std::vector<boost::asio::const_buffer> buffers;
    for (std::size_t at = 0; at < 64; ++at) {
        const std::size_t piece = large.size() / 64 + 1;
        const std::string_view view = std::string_view(large).substr(std::min(at * piece, large.size()), piece);
        buffers.emplace_back(view.data(), view.size());
    }
    auto writing = loop.start(stream().write(buffers, 1s));
    EXPECT_FALSE(writing.done());
    EXPECT_TRUE(drain(writing) == large);
}

TEST_F(Stream, WriteTimesOutWhenThePeerTakesNothing) {
    const std::string large(4 * 1024 * 1024, 'x');
    auto writing = loop.start(stream().write(large, 1s));
    loop.expire(1s);
    ASSERT_TRUE(writing.done());
    EXPECT_EQ(writing.take().error(), error::timed_out);
}

TEST_F(Stream, TheLimitOfAWriteBeginsAnewWithEachProgress) {
    const std::string large(4 * 1024 * 1024, 'x');
    auto writing = loop.start(stream().write(large, 1s));
    for (int i = 0; i < 4; ++i) {
        loop.expire(900ms);
        ASSERT_FALSE(writing.done());
        ASSERT_FALSE(peer().receive(200'000).empty());
        loop.turn();
    }
    loop.expire(1s);
    EXPECT_TRUE(writing.done());
}

TEST_F(Stream, CancelEndsAWrite) {
    const std::string large(4 * 1024 * 1024, 'x');
    auto writing = loop.start(stream().write(large, 1s));
    stream().cancel();
    loop.turn();
    ASSERT_TRUE(writing.done());
    EXPECT_EQ(writing.take().error(), error::operation_aborted);
}

TEST_F(Stream, WriteToAClosedPeerFails) {
    peer().close();
    EXPECT_EQ(loop.run(stream().write("x", 1s)).error(), error::broken_pipe);
}

TEST_F(Stream, ReadAndWriteArePendingAtOnce) {
    const std::string large(4 * 1024 * 1024, 'x');
    auto reading = loop.start(read(1h));
    auto writing = loop.start(stream().write(large, 1h));
    peer().send("meanwhile");
    loop.turn();
    EXPECT_TRUE(reading.done());
    EXPECT_FALSE(writing.done());
    EXPECT_EQ(drain(writing).size(), large.size());
}

TEST_F(Stream, ShutdownOfWritingLeavesReadingOpen) {
    loop.run(stream().write("last words", 1s));
    EXPECT_TRUE(loop.run(stream().shutdown_write(1s)));
    EXPECT_EQ(peer().receive(), "last words");
    EXPECT_TRUE(peer().ended());
    peer().send("heard");
    EXPECT_EQ(*loop.run(read(1s)), 5u);
}

TEST_F(Stream, HasNotEndedWhileThePeerIsThere) {
    EXPECT_FALSE(stream().has_ended());
    peer().send("x");
    EXPECT_FALSE(stream().has_ended());
}

TEST_F(Stream, HasNotEndedWhileBytesAreUnread) {
    peer().send("x");
    peer().close();
    EXPECT_FALSE(stream().has_ended());
    loop.run(read(1s));
    EXPECT_TRUE(stream().has_ended());
}

TEST_F(Stream, HasEndedAfterAHalfClose) {
    peer().shutdown_write();
    EXPECT_TRUE(stream().has_ended());
}

TEST_F(Stream, ReleaseGivesUpTheDescriptor) {
    const net::Transport transport = stream().release();
    ASSERT_TRUE(transport);
    EXPECT_FALSE(stream().is_open());
    peer().send("x");
    char byte = 0;
    EXPECT_EQ(::recv(transport.descriptor(), &byte, 1, 0), 1);
    EXPECT_EQ(::recv(transport.descriptor(), &byte, 1, 0), -1);  // still non-blocking
    EXPECT_EQ(errno, EAGAIN);
}

TEST_F(Stream, ReleaseOfAClosedStreamGivesNothing) {
    stream().close();
    EXPECT_FALSE(stream().release());
}

TEST_F(Stream, DestructionClosesTheDescriptor) {
    pair.first.reset();
    EXPECT_EQ(peer().receive(), "");
    EXPECT_TRUE(peer().ended());
}

TEST_F(Stream, DeadlinesDoNotOutliveTheStream) {
    auto reading = loop.start(read(1s));
    stream().close();
    loop.turn();
    EXPECT_TRUE(reading.done());
    pair.first.reset();
    loop.expire(1h);  // an address sanitizer sees a deadline that was left behind
    EXPECT_EQ(loop.deadlines().earliest(), net::TimePoint::max());
}

}  // namespace
}  // namespace net_tests
