// Listens, answers plain HTTP requests, and turns upgrades into sessions.
#pragma once

#include "websocket/application.hpp"
#include "websocket/limits.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace backend {

class LiveConnections;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

class Server {
  public:
    /// `application` outlives the server; the event loop is run by one thread.
    Server(boost::asio::io_context& loop, const Application& application, Limits limits);
    ~Server();

    /// `port` 0 lets the system choose. Returns what was bound: "127.0.0.1:41234", "[::1]:8080".
    /// Throws boost::system::system_error.
    std::string listen(const std::string& address, std::uint16_t port);
    /// A socket file that nobody listens on any more is replaced. Throws boost::system::system_error.
    std::string listen_unix(const std::string& path);

    /// Accepts no more, closes every session with 1001, and stops the event loop when the last one has ended
    /// or Limits::close_timeout has passed. A second call stops the loop at once.
    void stop();

  private:
    void start(Acceptor acceptor);

    boost::asio::io_context& loop_;
    const Application& application_;
    Limits limits_;
    std::shared_ptr<LiveConnections> live_;
    std::vector<std::shared_ptr<Acceptor>> acceptors_;
    std::vector<std::string> socket_files_;
    boost::asio::steady_timer stop_deadline_{loop_};
};

}  // namespace backend
