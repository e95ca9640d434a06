// Messages read from a stream: heads and bodies in portions of every size, pipelines, and what is refused.
#include "proxy/http/message_reader.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include "proxy/http/message_error.hpp"
#include "tests/net/stream_fixture.hpp"

namespace proxy_tests {
namespace {

using namespace std::chrono_literals;
using proxy::http::BodyEnd;
using proxy::http::Framing;
using proxy::http::MessageError;
namespace error = boost::asio::error;

struct Body {
    std::string text;
    std::string trailers;
    net::ErrorCode failure;
};

template <bool isRequest>
class Reading : public testing::Test {
  protected:
    using Reader = proxy::http::MessageReader<isRequest>;
    using Head = typename Reader::Head;

    Reading() : pair(loop.stream()), reader(*pair.first, buffer) {}

    net_tests::Peer& peer() { return pair.second; }
    auto head_task() { return reader.read_head(proxy::http::HeadLimits{}, 1h); }
    net::IoResult<Head*> head() { return loop.run(head_task()); }

    static net::IoResult<Framing> framing_of(const Head& head) {
        if constexpr (isRequest)
            return request_framing(head);
        else
            return response_framing(head, "GET");
    }

    // Reads the body of the message whose head was read last. Everything has been sent.
    Body body(const Head& head) {
        Body body;
        reader.expect_body(*framing_of(head));
        while (!reader.body_done()) {
            const auto pieces = loop.run(reader.read_body(1h));
            if (!pieces) {
                body.failure = pieces.error();
                break;
            }
            for (const std::string_view piece : *pieces) body.text += piece;
        }
        for (const proxy::http::Field field : reader.trailers())
            body.trailers.append(field.name).append("=").append(field.value).append(";");
        return body;
    }

    net_tests::Loop loop;
    std::pair<std::unique_ptr<net::Stream>, net_tests::Peer> pair;
    boost::beast::flat_buffer buffer;
    Reader reader;
};

using RequestReader = Reading<true>;
using ResponseReader = Reading<false>;

const std::string simple = "GET /a HTTP/1.1\r\nHost: x\r\nX-Y:  z \r\n\r\n";
const std::string chunked_head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(RequestReader, GivesTheHead) {
    peer().send(simple);
    const auto read = head();
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)->method, "GET");
    EXPECT_EQ((*read)->target, "/a");
    EXPECT_EQ((*read)->version, proxy::http::Version::http_1_1);
    EXPECT_EQ((*read)->fields.find("X-Y"), "z");
}

TEST_F(RequestReader, PutsAHeadTogetherThatIsSplitAnywhere) {
    for (std::size_t split = 1; split < simple.size(); ++split) {
        auto reading = loop.start(head_task());
        peer().send(simple.substr(0, split));
        loop.turn();
        ASSERT_FALSE(reading.done()) << split;
        peer().send(simple.substr(split));
        loop.turn();
        ASSERT_TRUE(reading.done()) << split;
        EXPECT_EQ((*reading.take())->target, "/a") << split;
    }
}

TEST_F(RequestReader, ReadsPipelinedRequestsInOrder) {
    std::string all;
    for (int i = 0; i < 500; ++i)
        all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    peer().send(all);
    for (int i = 0; i < 500; ++i) {
        const auto read = head();
        ASSERT_TRUE(read);
        EXPECT_EQ((*read)->target, "/" + std::to_string(i));
        EXPECT_EQ(body(**read).text, "abc");
    }
    EXPECT_FALSE(reader.has_buffered());
}

TEST_F(RequestReader, ForgivesEmptyLinesBeforeARequest) {
    peer().send("\r\n\r\n" + simple);
    EXPECT_TRUE(head());
}

TEST_F(RequestReader, ForgivesASplitEmptyLineBeforeARequest) {
    auto reading = loop.start(head_task());
    for (const char* part : {"\r", "\n", "\r"}) {
        peer().send(part);
        loop.turn();
        ASSERT_FALSE(reading.done());
    }
    peer().send("\n" + simple);
    loop.turn();
    ASSERT_TRUE(reading.done());
    EXPECT_TRUE(reading.take());
}

TEST_F(RequestReader, DoesNotForgiveEmptyLinesForever) {
    auto reading = loop.start(head_task());
    for (int i = 0; i < 20 && !reading.done(); ++i) {
        peer().send("\r\n");
        loop.turn();
    }
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take().error(), MessageError::malformed);
}

TEST_F(RequestReader, GivesEofBeforeTheFirstByte) {
    peer().close();
    EXPECT_EQ(head().error(), error::eof);
}

TEST_F(RequestReader, CallsAHeadCutShortMalformed) {
    peer().send(simple.substr(0, 20));
    peer().close();
    EXPECT_EQ(head().error(), MessageError::malformed);
}

TEST_F(RequestReader, TimesOutInTheMiddleOfAHead) {
    auto reading = loop.start(reader.read_head(proxy::http::HeadLimits{}, 1s));
    peer().send("GET");
    loop.turn();
    loop.expire(1s);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take().error(), error::timed_out);
}

TEST_F(RequestReader, BoundsTheWholeOfAHeadHoweverSlowlyItComes) {
    auto reading = loop.start(reader.read_head(proxy::http::HeadLimits{}, 1s));
    for (const char* part : {"GET", " /", " HT"}) {
        ASSERT_FALSE(reading.done());
        peer().send(part);
        loop.turn();
        loop.expire(400ms);
    }
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take().error(), error::timed_out);
}

TEST_F(RequestReader, WaitsForAHeadWithoutALimit) {
    auto reading = loop.start(reader.read_head(proxy::http::HeadLimits{}, 0s));
    peer().send(simple.substr(0, 5));
    loop.turn();
    loop.expire(1000h);
    ASSERT_FALSE(reading.done());
    peer().send(simple.substr(5));
    loop.turn();
    EXPECT_TRUE(reading.done());
}

struct BadHead {
    const char* text;
    MessageError error;
};

TEST_F(RequestReader, RefusesHeads) {
    const BadHead rows[] = {
        {"GET / HTTP/2.0\r\n\r\n", MessageError::unsupported_version},
        {"GET / HTTP/3.1\r\nHost: x\r\n\r\n", MessageError::unsupported_version},
        {"GET / HTTP/0.9\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.2\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1\r\n\r\n", MessageError::malformed},
        {"GET / http/1.1\r\n\r\n", MessageError::malformed},
        {"GET /\r\n\r\n", MessageError::malformed},
        {"GET\r\n\r\n", MessageError::malformed},
        {"GET  / HTTP/1.1\r\n\r\n", MessageError::malformed},
        {"GET /  HTTP/1.1\r\n\r\n", MessageError::malformed},
        {"GET / x HTTP/1.1\r\n\r\n", MessageError::malformed},
        {"G(T / HTTP/1.1\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.1\r\nHost\t: x\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.1\r\n: x\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.1\r\nHost\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.1\r\nHo st: x\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.1\r\nX: a\x01" "b\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", MessageError::malformed},
        {"GET / HTTP/1.1\nHost: x\n\n", MessageError::malformed},
        {"\x16\x03\x01\x02", MessageError::malformed},
    };
    for (const BadHead& row : rows) {
        net_tests::Loop own;
        auto [stream, far] = own.stream();
        boost::beast::flat_buffer bytes;
        proxy::http::RequestReader fresh(*stream, bytes);
        far.send(row.text);
        far.shutdown_write();
        EXPECT_EQ(own.run(fresh.read_head(proxy::http::HeadLimits{}, 1h)).error(), row.error) << row.text;
    }
}

TEST_F(RequestReader, ReadsABodyOfKnownLength) {
    peer().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + simple);
    const auto read = head();
    EXPECT_EQ(body(**read).text, "hello");
    EXPECT_TRUE(reader.has_buffered());
    EXPECT_TRUE(head());
}

TEST_F(RequestReader, GivesEofForABodyCutShort) {
    peer().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell");
    peer().close();
    const Body cut = body(**head());
    EXPECT_EQ(cut.text, "hell");
    EXPECT_EQ(cut.failure, error::eof);
}

TEST_F(RequestReader, ReadsAChunkedBodyWithTrailers) {
    peer().send(chunked_head + "5\r\nhello\r\n6;a=b;c=\"d\"\r\n world\r\n0\r\nX-Sum: 1\r\nX-Two:2\r\n\r\n" + simple);
    const Body whole = body(**head());
    EXPECT_EQ(whole.text, "hello world");
    EXPECT_EQ(whole.trailers, "X-Sum=1;X-Two=2;");
    EXPECT_FALSE(whole.failure);
    EXPECT_TRUE(head());
}

TEST_F(RequestReader, KeepsTrailersOutOfTheHead) {
    peer().send(chunked_head + "0\r\nX-Sum: 1\r\n\r\n");
    const auto read = head();
    body(**read);
    EXPECT_FALSE((*read)->fields.find("X-Sum"));
}

TEST_F(RequestReader, ReadsAChunkedBodyThatIsSplitAnywhere) {
    const std::string text = "5;x\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n";
    for (std::size_t split = 1; split < text.size(); ++split) {
        peer().send(chunked_head + text.substr(0, split));
        const auto read = head();
        ASSERT_TRUE(read) << split;
        reader.expect_body({BodyEnd::chunked, 0});
        std::string got;
        auto rest = text.substr(split);
        while (!reader.body_done()) {
            auto reading = loop.start(reader.read_body(1h));
            if (!reading.done()) {
                ASSERT_FALSE(rest.empty()) << split;
                peer().send(std::exchange(rest, ""));
                loop.turn();
            }
            ASSERT_TRUE(reading.done()) << split;
            const auto pieces = reading.take();
            ASSERT_TRUE(pieces) << split;
            for (const std::string_view piece : *pieces) got += piece;
        }
        if (!rest.empty()) FAIL() << "done before the end at " << split;
        EXPECT_EQ(got, "hello0123456789") << split;
    }
}

TEST_F(RequestReader, GivesManyTinyChunksInBoundedPortions) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "1\r\nx\r\n";
    peer().send(chunked_head + text + "0\r\n\r\n");
    const auto read = head();
    reader.expect_body(*request_framing(**read));
    std::size_t total = 0;
    while (!reader.body_done()) {
        const auto pieces = loop.run(reader.read_body(1h));
        ASSERT_TRUE(pieces);
        ASSERT_LE(pieces->size(), proxy::http::RequestReader::most_pieces);
        total += pieces->size();
    }
    EXPECT_EQ(total, 1000u);
}

TEST_F(RequestReader, RefusesBadChunks) {
    const std::string rows[] = {
        "\r\nx\r\n0\r\n\r\n",
        "g\r\nx\r\n0\r\n\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "+1\r\nx\r\n0\r\n\r\n",
        "0x1\r\nx\r\n0\r\n\r\n",
        " 1\r\nx\r\n0\r\n\r\n",
        "1 1\r\nx\r\n0\r\n\r\n",
        "1\nx\n0\n\n",
        "1\nx\r\n0\r\n\r\n",
        "1\r\nx\n0\r\n\r\n",
        "1\r\nxy\r\n0\r\n\r\n",
        "1\r\nx0\r\n\r\n",
        "1\rx\r\n0\r\n\r\n",
        "1;a\nb\r\nx\r\n0\r\n\r\n",
        "10000000000000000\r\nx\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "1\r\nx\r\n0\r\nbad trailer\r\n\r\n",
        "1\r\nx\r\n0\r\nT : v\r\n\r\n",
        "1\r\nx\r\n0\r\nT: v\n\r\n",
        std::string("1\r\nx\r\n0\r\nT: a\0b\r\n\r\n", 19),
    };
    for (const std::string& row : rows) {
        net_tests::Loop own;
        auto [stream, far] = own.stream();
        boost::beast::flat_buffer bytes;
        proxy::http::RequestReader fresh(*stream, bytes);
        far.send(chunked_head + row);
        far.shutdown_write();
        const auto read = own.run(fresh.read_head(proxy::http::HeadLimits{}, 1h));
        ASSERT_TRUE(read);
        fresh.expect_body({BodyEnd::chunked, 0});
        net::ErrorCode failure;
        while (!failure && !fresh.body_done()) {
            const auto pieces = own.run(fresh.read_body(1h));
            if (!pieces) failure = pieces.error();
        }
        EXPECT_TRUE(failure == MessageError::malformed) << row << " gave " << failure.message();
    }
}

// The outcome of a chunked body whose chunks of `size` bytes each have an extension of `extension` bytes.
net::ErrorCode read_chunks(std::size_t count, std::size_t size, std::size_t extension) {
    net_tests::Loop loop;
    auto [stream, peer] = loop.stream();
    boost::beast::flat_buffer buffer;
    proxy::http::RequestReader reader(*stream, buffer);
    peer.send(chunked_head);
    loop.run(reader.read_head(proxy::http::HeadLimits{}, 1h));
    reader.expect_body({BodyEnd::chunked, 0});
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%zx", size);
    const std::string chunk =
        digits.data() + (";" + std::string(extension, 'e')) + "\r\n" + std::string(size, 'b') + "\r\n";
    for (std::size_t sent = 0; !reader.body_done();) {
        auto reading = loop.start(reader.read_body(1h));
        for (; !reading.done(); loop.turn()) peer.send(sent++ < count ? chunk : "0\r\n\r\n");
        const auto pieces = reading.take();
        if (!pieces) return pieces.error();
    }
    return {};
}

TEST_F(RequestReader, RefusesChunkExtensionsThatOutgrowTheBody) {
    EXPECT_EQ(read_chunks(40, 1, 1000), MessageError::malformed);
    EXPECT_EQ(read_chunks(20, 1, 1000), net::ErrorCode()) << "some are forgiven";
    EXPECT_EQ(read_chunks(100, 1000, 900), net::ErrorCode()) << "a signature of each large chunk, for example";
}

TEST_F(RequestReader, TakesAnyNumberOfSmallChunks) { EXPECT_EQ(read_chunks(20'000, 1, 4), net::ErrorCode()); }

TEST_F(RequestReader, RefusesAnEndlessChunkExtension) {
    peer().send(chunked_head);
    const auto read = head();
    reader.expect_body(*request_framing(**read));
    peer().send("1;" + std::string(5000, 'e'));
    auto reading = loop.start(reader.read_body(1h));
    for (int i = 0; i < 10 && !reading.done(); ++i) {
        peer().send(std::string(5000, 'e'));
        loop.turn();
    }
    ASSERT_TRUE(reading.done());
    const auto pieces = reading.take();
    EXPECT_TRUE(!pieces || pieces->empty());
    const auto failure = pieces ? loop.run(reader.read_body(1h)).error() : pieces.error();
    EXPECT_EQ(failure, MessageError::malformed);
}

TEST_F(RequestReader, RefusesTooManyTrailers) {
    std::string trailers;
    for (int i = 0; i < 101; ++i) trailers += "T: v\r\n";
    peer().send(chunked_head + "0\r\n" + trailers + "\r\n");
    EXPECT_EQ(body(**head()).failure, MessageError::malformed);
}

TEST_F(RequestReader, TimesOutInABody) {
    peer().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
    reader.expect_body(*request_framing(**head()));
    auto reading = loop.start(reader.read_body(1s));
    loop.expire(1s);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take().error(), error::timed_out);
}

TEST_F(RequestReader, HasNoBodyBeforeOneIsExpected) {
    peer().send(simple);
    head();
    EXPECT_TRUE(reader.body_done());
}

TEST_F(RequestReader, GivesTheUnusedBytesAway) {
    peer().send(simple + "\x81\x05hello");
    head();
    EXPECT_EQ(reader.take_unused(), "\x81\x05hello");
    EXPECT_FALSE(reader.has_buffered());
}

TEST_F(RequestReader, TakesAtOnceWhatHasCome) {
    EXPECT_FALSE(reader.read_at_once());
    peer().send(simple);
    pair.first->expect_data();
    EXPECT_TRUE(reader.read_at_once());
    EXPECT_TRUE(reader.has_buffered());
    EXPECT_TRUE(head());
}

TEST_F(RequestReader, LeavesAnEndThatHasComeToTheHead) {
    peer().close();
    pair.first->expect_data();
    EXPECT_FALSE(reader.read_at_once());
    EXPECT_EQ(head().error(), boost::asio::error::eof);
}

TEST_F(RequestReader, HoldsNoMemoryWhileIdle) {
    peer().send(simple);
    head();
    reader.release_buffer();
    EXPECT_EQ(buffer.capacity(), 0u);
}

TEST_F(RequestReader, KeepsPipelinedBytesWhenAskedToReleaseItsBuffer) {
    peer().send(simple + simple);
    head();
    reader.release_buffer();
    EXPECT_TRUE(reader.has_buffered());
    EXPECT_TRUE(head());
}

TEST_F(ResponseReader, GivesTheHead) {
    peer().send("HTTP/1.1 404 Not There At All\r\nContent-Length: 0\r\n\r\n");
    const auto read = head();
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)->status, 404u);
    EXPECT_EQ((*read)->reason, "Not There At All");
}

TEST_F(ResponseReader, ReadsABodyUntilTheConnectionCloses) {
    peer().send("HTTP/1.1 200 OK\r\n\r\none");
    const auto read = head();
    peer().send(" two");
    peer().close();
    const Body whole = body(**read);
    EXPECT_EQ(whole.text, "one two");
    EXPECT_FALSE(whole.failure);
}

TEST_F(ResponseReader, CallsAChunkedBodyCutShortAFailure) {
    peer().send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    peer().close();
    EXPECT_EQ(body(**head()).failure, error::eof);
}

TEST_F(ResponseReader, ReadsInterimAndFinalHeads) {
    peer().send("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ((*head())->status, 103u);
    const auto read = head();
    EXPECT_EQ((*read)->status, 200u);
    EXPECT_FALSE((*read)->fields.find("Link"));
    EXPECT_EQ(body(**read).text, "ok");
}

// While a request body is sent the time for the response has not begun.
TEST_F(ResponseReader, TakesAHeadInTwoPartsAfterALongUpload) {
    auto reading = loop.start(reader.read_head(proxy::http::HeadLimits{}, 1s));
    for (int i = 0; i < 5; ++i) {
        loop.expire(900ms);
        pair.first->postpone_read(1s);
    }
    peer().send("HTTP/1.1 200 OK\r\n");
    loop.turn();
    ASSERT_FALSE(reading.done());
    peer().send("Content-Length: 0\r\n\r\n");
    loop.turn();
    ASSERT_TRUE(reading.done());
    EXPECT_TRUE(reading.take());
}

TEST_F(ResponseReader, TimesOutBetweenTwoReads) {
    auto reading = loop.start(reader.read_head(proxy::http::HeadLimits{}, 1s));
    peer().send("HTTP/1.1 200 OK\r\n");
    loop.turn();
    loop.expire(1s);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take().error(), error::timed_out);
}

TEST_F(ResponseReader, DoesNotForgiveEmptyLines) {
    peer().send("\r\nHTTP/1.1 200 OK\r\n\r\n");
    EXPECT_EQ(head().error(), MessageError::malformed);
}

TEST_F(ResponseReader, RefusesWhatIsNotHttp) {
    peer().send("220 mail.example ESMTP\r\n\r\n");
    EXPECT_EQ(head().error(), MessageError::malformed);
}

TEST_F(ResponseReader, GivesTheBytesBehindA101) {
    peer().send("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x02hi");
    EXPECT_EQ((*head())->status, 101u);
    EXPECT_EQ(reader.take_unused(), "\x81\x02hi");
}

}  // namespace
}  // namespace proxy_tests
