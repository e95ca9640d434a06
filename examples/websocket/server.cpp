// Accepts connections while there is room for them.
#include "websocket/server.hpp"

#include "websocket/client.hpp"
#include "websocket/live_connections.hpp"

#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace backend {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Out of descriptors or memory: the connection stays in the queue of the kernel until others have ended.
asio::awaitable<void> wait_a_moment() {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer pause(executor, std::chrono::milliseconds(100));
    error_code error;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

asio::awaitable<void> accept_clients(std::shared_ptr<Acceptor> acceptor, const Application& application,
                                     Limits limits, std::shared_ptr<LiveConnections> live) {
    const auto executor = acceptor->get_executor();
    while (!live->stopping()) {
        error_code error;
        if (live->full()) {
            co_await live->room().async_wait(asio::redirect_error(asio::use_awaitable, error));
            continue;
        }
        asio::generic::stream_protocol::socket socket(executor);
        co_await acceptor->async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted) co_return;
        if (error) {
            co_await wait_a_moment();
            continue;
        }
        socket.set_option(tcp::no_delay(true), error);  // a unix socket has no such option, nor the need
        asio::co_spawn(executor, serve_client(Stream(std::move(socket)), application, limits, live),
                       asio::detached);
    }
}

std::string to_string(const tcp::endpoint& endpoint) {
    const auto host = endpoint.address().to_string();
    const auto port = std::to_string(endpoint.port());
    return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

/// A socket file left by a process that is gone refuses connections; a living one is not taken over.
void remove_stale_socket(asio::io_context& loop, const std::string& path) {
    asio::local::stream_protocol::socket probe(loop);
    error_code error;
    probe.connect(path, error);
    if (error == asio::error::connection_refused) std::filesystem::remove(path);
}

}  // namespace

Server::Server(asio::io_context& loop, const Application& application, Limits limits)
    : loop_(loop),
      application_(application),
      limits_(limits),
      live_(std::make_shared<LiveConnections>(loop.get_executor(), limits.connections)) {}

Server::~Server() {
    std::error_code ignored;
    for (const auto& path : socket_files_) std::filesystem::remove(path, ignored);
}

std::string Server::listen(const std::string& address, std::uint16_t port) {
    const tcp::endpoint wanted(asio::ip::make_address(address), port);
    tcp::acceptor acceptor(loop_, wanted);  // SO_REUSEADDR is its default
    const auto bound = acceptor.local_endpoint();
    start(Acceptor(std::move(acceptor)));
    return to_string(bound);
}

std::string Server::listen_unix(const std::string& path) {
    remove_stale_socket(loop_, path);
    asio::local::stream_protocol::acceptor acceptor(loop_, asio::local::stream_protocol::endpoint(path));
    socket_files_.push_back(path);
    start(Acceptor(std::move(acceptor)));
    return "unix:" + path;
}

void Server::start(Acceptor acceptor) {
    acceptors_.push_back(std::make_shared<Acceptor>(std::move(acceptor)));
    asio::co_spawn(loop_, accept_clients(acceptors_.back(), application_, limits_, live_), asio::detached);
}

void Server::stop() {
    if (live_->stopping()) {
        loop_.stop();
        return;
    }
    for (const auto& acceptor : acceptors_) acceptor->close();
    stop_deadline_.expires_after(limits_.close_timeout);
    stop_deadline_.async_wait([this](error_code error) {
        if (!error) loop_.stop();
    });
    live_->stop([this] { loop_.stop(); });
}

}  // namespace backend
