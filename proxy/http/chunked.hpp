// Writing a body in the framing of the other side: as it is, or chunked (RFC 9112, 7.1).
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "proxy/http/fields.hpp"
#include "proxy/http/framing.hpp"

namespace proxy::http {

/// Turns pieces of a body into buffers ready to be written. The buffers point into the pieces and into this object
/// and are valid until the next call.
class BodyWriter {
 public:
    explicit BodyWriter(BodyEnd end) : end_(end) {}

    /// Adds text that goes first, for example the head; it must live until the buffers have been written.
    void add_text(std::string_view text) { add(text); }

    void add_pieces(std::span<const std::string_view> pieces);

    /// Adds the end of the body with its trailers; nothing unless the body is chunked.
    void add_end(const Fields& trailers);

    std::span<const boost::asio::const_buffer> buffers() const { return {buffers_.data(), count_}; }
    void clear() { count_ = 0; }

 private:
    void add(std::string_view text) {
        if (!text.empty()) buffers_[count_++] = {text.data(), text.size()};
    }

    BodyEnd end_;
    std::array<boost::asio::const_buffer, 40> buffers_;
    std::size_t count_ = 0;
    std::string size_line_;
    std::string last_chunk_;
};

}  // namespace proxy::http
