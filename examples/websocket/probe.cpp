// Asks one URL for its status on an event loop of its own.
#include "websocket/probe.hpp"

#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace backend {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

struct Destination {
    std::string host, port, authority, target;
};

Destination read_url(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || parsed->scheme() != "http" || !parsed->has_authority()) {
        throw std::runtime_error(url + " is not an http:// URL");
    }
    const std::string port = parsed->has_port() ? std::string(parsed->port()) : "80";
    std::string target(parsed->encoded_resource());
    if (target.empty() || target.front() != '/') target.insert(0, "/");
    return {parsed->host_address(), port, std::string(parsed->encoded_host_and_port()), target};
}

asio::awaitable<unsigned> ask(Destination to, std::chrono::milliseconds timeout) {
    const auto executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(executor);
    const auto addresses = co_await resolver.async_resolve(to.host, to.port, asio::use_awaitable);
    beast::tcp_stream stream(executor);
    stream.expires_after(timeout);
    co_await stream.async_connect(addresses, asio::use_awaitable);
    http::request<http::empty_body> request(http::verb::get, to.target, 11);
    request.set(http::field::host, to.authority);
    request.set(http::field::connection, "close");
    co_await http::async_write(stream, request, asio::use_awaitable);
    beast::flat_buffer buffer(16 * 1024);
    http::response_parser<http::empty_body> parser;  // the status is enough, the body stays unread
    co_await http::async_read_header(stream, buffer, parser, asio::use_awaitable);
    co_return parser.get().result_int();
}

}  // namespace

unsigned probe(const std::string& url, std::chrono::milliseconds timeout) {
    asio::io_context loop(1);
    auto status = asio::co_spawn(loop, ask(read_url(url), timeout), asio::use_future);
    loop.run();
    return status.get();
}

}  // namespace backend
