// Accepts the connections of one listening address on one worker.
#pragma once

#include <string>

#include "net/deadline.hpp"
#include "net/poller.hpp"
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
    Listener(lifecycle::Worker& worker, const std::string& name, ListeningSocket& socket);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

 private:
    static void on_event(void* self, std::uint32_t events);
    static void resume(void* self);
    void accept_one();
    void pause(const net::ErrorCode& error);
    void start(net::Descriptor connection, const net::SocketAddress& remote);
    net::SocketAddress local_address(const net::Descriptor& connection) const;

    lifecycle::Worker& worker_;
    std::string name_;
    net::SocketAddress address_;
    net::PolledSocket socket_;
    net::Deadline pause_;
};

}  // namespace proxy::accept
