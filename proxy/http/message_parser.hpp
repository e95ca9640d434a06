// Beast's HTTP parser with our storage: heads keep case and order, bodies are handed on as views, never collected.
#pragma once

#include <type_traits>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>

#include "proxy/http/head.hpp"
#include "proxy/http/message_error.hpp"

namespace proxy::http {

/// Parses one message. put() takes one element a call (eager is off): first the head, then a piece of the body,
/// a chunk header, and so on; trailers of a chunked body are collected apart from the head's fields.
template <bool isRequest>
class MessageParser final : public boost::beast::http::basic_parser<isRequest> {
 public:
    using Head = std::conditional_t<isRequest, RequestHead, ResponseHead>;

    explicit MessageParser(std::size_t most_trailers = 100) : most_trailers_(most_trailers) {
        // The head has been bounded by HeadScanner; body size is the business of who reads it.
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
        this->body_limit(boost::none);
        this->eager(false);
    }

    Head head;
    Fields trailers;

    /// Views of the body bytes met by put() since the last take_pieces(); they point into put()'s buffer.
    std::vector<std::string_view> pieces;

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

    void on_field_impl(boost::beast::http::field, string_view name, string_view value, ErrorCode& error) override {
        if (!this->is_header_done()) return head.fields.add(view(name), view(value));
        if (trailers.size() >= most_trailers_)
            error = MessageError::head_too_large;
        else
            trailers.add(view(name), view(value));
    }

    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    void on_chunk_header_impl(std::uint64_t, string_view, ErrorCode&) override {}
    void on_finish_impl(ErrorCode&) override {}

    std::size_t on_body_impl(string_view body, ErrorCode&) override {
        if (!body.empty()) pieces.push_back(view(body));
        return body.size();
    }

    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, ErrorCode& error) override {
        return on_body_impl(body, error);
    }

    std::size_t most_trailers_;
};

}  // namespace proxy::http
