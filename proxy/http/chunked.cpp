// The chunked coding, outgoing.
#include "proxy/http/chunked.hpp"

#include <charconv>

namespace proxy::http {

namespace {

// Fields that frame, route or authenticate have no meaning in a trailer (RFC 9110, 6.5.1).
bool is_allowed_in_trailer(std::string_view name) {
    static constexpr std::string_view forbidden[] = {
        "Transfer-Encoding", "Content-Length",    "Content-Encoding", "Content-Type", "Content-Range", "Host",
        "Trailer",           "Connection",        "Keep-Alive",       "TE",           "Upgrade",       "Expect",
        "Authorization",     "Set-Cookie",        "Cache-Control",    "Max-Forwards", "Proxy-Connection",
        "Proxy-Authorization"};
    for (const std::string_view other : forbidden)
        if (equal_names(name, other)) return false;
    return true;
}

}  // namespace

void BodyWriter::add_pieces(std::span<const std::string_view> pieces) {
    std::size_t total = 0;
    for (const std::string_view piece : pieces) total += piece.size();
    if (total == 0) return;
    if (end_ == BodyEnd::chunked) {
        std::array<char, 16> digits;
        const auto last = std::to_chars(digits.data(), digits.data() + digits.size(), total, 16).ptr;
        size_line_.assign(digits.data(), last).append("\r\n");
        add(size_line_);
    }
    for (const std::string_view piece : pieces) add(piece);
    if (end_ == BodyEnd::chunked) add("\r\n");
}

void BodyWriter::add_end(const Fields& trailers) {
    if (end_ != BodyEnd::chunked) return;
    last_chunk_ = "0\r\n";
    for (const Field field : trailers)
        if (is_allowed_in_trailer(field.name))
            last_chunk_.append(field.name).append(": ").append(field.value).append("\r\n");
    last_chunk_ += "\r\n";
    add(last_chunk_);
}

}  // namespace proxy::http
