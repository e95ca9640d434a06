// Beast's HTTP parser with our storage: heads keep case and order, bodies are handed on as views, never collected.
#pragma once

#include <type_traits>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/container/small_vector.hpp>

#include "proxy/http/head.hpp"
#include "proxy/http/head_scanner.hpp"
#include "proxy/http/message_error.hpp"

namespace proxy::http {

/// Parses one message. parse() takes one element a call (eager is off): first the head, then a piece of the body,
/// a chunk header, and so on; trailers of a chunked body are collected apart from the head's fields.
template <bool isRequest>
class MessageParser final : private boost::beast::http::basic_parser<isRequest> {
    using Base = boost::beast::http::basic_parser<isRequest>;

 public:
    using Head = std::conditional_t<isRequest, RequestHead, ResponseHead>;

    MessageParser() {
        // The head has been bounded by HeadScanner; body size is the business of who reads it.
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
        this->body_limit(boost::none);
        this->eager(false);
    }

    Head head;
    Fields trailers;

    using Base::is_done;
    using Base::is_header_done;
    using Base::put_eof;

    /// Takes the next element from the front of `text` and gives the number of bytes used. Errors: Beast's, of which
    /// need_more means that the same text is to come again with more behind it.
    std::size_t parse(std::string_view text, boost::beast::error_code& error) {
        // Beast asserts that a last chunk that is the first, too, comes back with its empty line when it has asked for
        // more: four bytes are not it.
        if (starved_ && chunks_ == 0 && text.size() == 4 && text.starts_with("0\r\n")) {
            error = boost::beast::http::error::need_more;
            return 0;
        }
        text_ = text;
        const bool in_body = this->is_header_done();
        const std::size_t used = this->put(boost::asio::buffer(text.data(), text.size()), error);
        starved_ = error == boost::beast::http::error::need_more;
        if (in_body) count_framing(used, error);
        return used;
    }

    /// Views of the body bytes met by parse(); they point into its text, and are cleared by the caller.
    boost::container::small_vector<std::string_view, 4> pieces;

 private:
    using string_view = boost::beast::string_view;
    using ErrorCode = boost::beast::error_code;

    static std::string_view view(string_view text) { return {text.data(), text.size()}; }
    static Version to_version(int version) { return version < 11 ? Version::http_1_0 : Version::http_1_1; }

    void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                         ErrorCode&) override {
        if constexpr (isRequest) {
            head.method = view(method);
            head.target = view(target);
            head.version = to_version(version);
        }
    }

    void on_response_impl(int status, string_view reason, int version, ErrorCode&) override {
        if constexpr (!isRequest) {
            head.status = static_cast<unsigned>(status);
            head.reason = view(reason);
            head.version = to_version(version);
        }
    }

    void on_field_impl(boost::beast::http::field, string_view name, string_view value, ErrorCode&) override {
        Fields& fields = this->is_header_done() ? trailers : head.fields;
        fields.add(view(name), view(value));
    }

    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}

    // Behind the last chunk, whose size is 0, stand the trailers, which Beast takes from here to the empty line. They
    // are judged like a head: Beast would join folded lines.
    void on_chunk_header_impl(std::uint64_t size, string_view extension, ErrorCode& error) override {
        ++chunks_;
        if (size > 0) return;
        const std::size_t line_end = static_cast<std::size_t>(extension.data() - text_.data()) + extension.size();
        HeadScanner scanner(trailer_limits);
        const auto judged = scanner.scan(text_.substr(line_end + 2));
        if (!judged) error = judged.error();
    }

    void on_finish_impl(ErrorCode&) override {}

    std::size_t on_body_impl(string_view body, ErrorCode&) override {
        if (!body.empty()) pieces.push_back(view(body));
        met_in_body_ += body.size();
        body_ += body.size();
        return body.size();
    }

    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, ErrorCode& error) override {
        return on_body_impl(body, error);
    }

    // 100 fields: the scanner takes the first line for a start line.
    static constexpr HeadLimits trailer_limits{4096, 16384, 99};

    // What a limit on the body does not see: size lines with their extensions, and trailers. Beyond what short chunks
    // need they may not grow faster than the body.
    void count_framing(std::size_t used, boost::beast::error_code& error) {
        framing_ += used - std::exchange(met_in_body_, 0);
        const std::uint64_t most = framing_for_free + chunks_ * framing_of_a_chunk + body_;
        if (!error && framing_ > most) error = MessageError::malformed;
    }

    static constexpr std::uint64_t framing_for_free = 32 * 1024;  // a long extension and all trailers
    static constexpr std::uint64_t framing_of_a_chunk = 32;

    std::uint64_t framing_ = 0;  // bytes of the chunked coding
    std::uint64_t chunks_ = 0;
    std::uint64_t body_ = 0;
    std::size_t met_in_body_ = 0;  // body bytes of the running parse()
    std::string_view text_;  // of the running parse()
    bool starved_ = false;    // whether the last parse() needed more
};

}  // namespace proxy::http
