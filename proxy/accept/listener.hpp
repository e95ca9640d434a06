// Accepts the connections of one listening address on one worker.
#pragma once

#include <string>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include "net/deadline.hpp"
#include "net/stream.hpp"
#include "proxy/accept/listening_socket.hpp"

namespace proxy::lifecycle {
class Worker;
}

namespace proxy::accept {

/// Accepts until it is destroyed. When descriptors or memory run out it pauses, so that what lives goes on. Over
/// worker_connections a new connection is closed at once.
class Listener {
 public:
    /// `name` is the configured address, by which the router knows the listener.
    Listener(lifecycle::Worker& worker, const std::string& name, const ListeningSocket& socket);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

 private:
    struct State;
    static net::Task<> accept_connections(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

}  // namespace proxy::accept
