// Builds HTTP answers; pages are streamed from the disk and may load nothing from elsewhere.
#include "websocket/pages.hpp"

#include <boost/beast/http/file_body.hpp>
#include <boost/beast/http/string_body.hpp>

namespace backend {
namespace http = boost::beast::http;

namespace {

template <class Body>
void set_fields(http::response<Body>& response, const PlainRequest& request, std::string_view type) {
    response.version(request.version());
    response.keep_alive(request.keep_alive());
    response.set(http::field::server, "tidegate-backend");
    response.set(http::field::content_type, type);
    response.set("X-Content-Type-Options", "nosniff");
}

http::message_generator file_answer(const std::filesystem::path& file, const PlainRequest& request) {
    http::file_body::value_type body;
    boost::system::error_code error;
    body.open(file.c_str(), boost::beast::file_mode::scan, error);
    if (error) return text_answer(http::status::not_found, "Not found\n", request);
    const auto set_page_fields = [&](auto& response, std::uint64_t size) {
        set_fields(response, request, media_type(file));
        response.set(http::field::cache_control, "no-cache");
        response.set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
        response.content_length(size);
    };
    const auto size = body.size();
    if (request.method() == http::verb::head) {
        http::response<http::empty_body> response;
        set_page_fields(response, size);
        return response;
    }
    http::response<http::file_body> response;
    response.body() = std::move(body);
    set_page_fields(response, size);
    return response;
}

}  // namespace

http::message_generator text_answer(http::status status, std::string_view text, const PlainRequest& request) {
    http::response<http::string_body> response;
    response.result(status);
    set_fields(response, request, "text/plain; charset=utf-8");
    if (status == http::status::method_not_allowed) response.set(http::field::allow, "GET, HEAD");
    if (status == http::status::upgrade_required) {
        response.set(http::field::upgrade, "websocket");
        response.set(http::field::sec_websocket_version, "13");
    }
    response.content_length(text.size());
    if (request.method() != http::verb::head) response.body() = text;
    return response;
}

http::message_generator answer(const Application& application, const PlainRequest& request) {
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
        return text_answer(http::status::method_not_allowed, "Only GET and HEAD\n", request);
    }
    const auto target = Request::parse(request.target(), {});
    if (!target) return text_answer(http::status::bad_request, "Bad request target\n", request);
    if (target->path == "/healthz") return text_answer(http::status::ok, "ok\n", request);
    const auto& pages = application.pages();
    if (const auto file = pages ? pages->find(target->path) : std::nullopt)
        return file_answer(*file, request);
    if (application.factory(target->path)) {
        return text_answer(http::status::upgrade_required, "This is a WebSocket\n", request);
    }
    return text_answer(http::status::not_found, "Not found\n", request);
}

}  // namespace backend
