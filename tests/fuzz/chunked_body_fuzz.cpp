// Fuzz target: any bytes as a chunked body. Received in portions of any size they give the same body, trailers and
// verdict, and what is written of them again is the same body.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "proxy/http/chunked.hpp"
#include "proxy/http/message_parser.hpp"

namespace {

using proxy::http::MessageParser;

void require(bool holds) {
    if (!holds) std::abort();
}

struct Outcome {
    enum class End { done, wants_more, refused } end = End::wants_more;
    std::string body;
    std::string trailers;
    std::size_t used = 0;
    bool operator==(const Outcome&) const = default;
};

// Receives the bytes in portions, as MessageReader does: what the parser does not take stays for the next time.
Outcome receive(std::string_view bytes, std::size_t portion) {
    static constexpr std::string_view head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    MessageParser<true> parser;
    boost::system::error_code error;
    parser.parse(head, error);
    require(!error && parser.is_header_done());

    Outcome outcome;
    for (std::size_t received = 0; received < bytes.size() && outcome.end == Outcome::End::wants_more;) {
        received = std::min(bytes.size(), received + portion);
        while (outcome.used < received && !parser.is_done()) {
            const std::string_view text = bytes.substr(outcome.used, received - outcome.used);
            parser.pieces.clear();
            const std::size_t taken = parser.parse(text, error);
            outcome.used += taken;
            for (const std::string_view piece : parser.pieces) outcome.body += piece;
            if (error == boost::beast::http::error::need_more) break;
            if (error) outcome.end = Outcome::End::refused;
            if (error) break;
            require(taken > 0);
        }
        if (parser.is_done()) outcome.end = Outcome::End::done;
    }
    for (const proxy::http::Field field : parser.trailers)
        outcome.trailers.append(field.name).append("=").append(field.value).append("\n");
    // Where in a chunk that turned out bad it was noticed depends on the portions, and nobody uses any of it.
    if (outcome.end == Outcome::End::refused) outcome = {Outcome::End::refused, "", "", 0};
    return outcome;
}

std::string write_again(std::string_view body) {
    proxy::http::BodyWriter writer(proxy::http::BodyEnd::chunked);
    const std::string_view pieces[] = {body.substr(0, body.size() / 3), body.substr(body.size() / 3)};
    writer.add_pieces(pieces);
    writer.add_end({});
    std::string text;
    for (const auto& buffer : writer.buffers()) text.append(static_cast<const char*>(buffer.data()), buffer.size());
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 4000) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Outcome whole = receive(bytes, bytes.size() + 1);
    require(receive(bytes, 1) == whole);
    require(receive(bytes, 1u + data[0]) == whole);
    if (whole.end != Outcome::End::done) return 0;
    const std::string again = write_again(whole.body);
    const Outcome second = receive(again, again.size());
    require(second.end == Outcome::End::done && second.body == whole.body && second.used == again.size());
    return 0;
}
