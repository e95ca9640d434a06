// One thread with its event loop, and all that belongs to that thread alone.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "net/deadline_timer.hpp"
#include "net/event_loop.hpp"
#include "proxy/accept/listener.hpp"
#include "proxy/lifecycle/generation.hpp"
#include "proxy/lifecycle/live_connections.hpp"
#include "proxy/tunnel/relay.hpp"
#include "upstream/connect/keepalive.hpp"

namespace proxy::lifecycle {

/// Everything here is used on the worker's own thread, except post() and what says otherwise.
class Worker {
 public:
    explicit Worker(std::size_t index);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    std::size_t index() const { return index_; }
    net::Executor executor() { return loop_.executor(); }

    /// The configuration for requests that begin now.
    const std::shared_ptr<Generation>& generation() const { return generation_; }
    void use(std::shared_ptr<Generation> generation);

    /// Accepts from exactly these sockets from now on; those that are kept stay open throughout.
    void listen(const accept::ListeningSockets& sockets);

    net::DeadlineQueue& deadlines() { return deadlines_; }
    LiveConnections& live() { return live_; }
    tunnel::Relay& relay() { return relay_; }
    upstream::KeptConnections& kept() { return kept_; }

    /// Runs the event loop until finish(), or until a drain has nothing left.
    void run();

    /// Stops accepting, ends idle connections, lets requests and tunnels finish, then makes run() return.
    void drain();

    /// Ends everything and makes run() return.
    void finish();

    /// Runs a function on the worker's thread. From any thread.
    template <typename Function>
    void post(Function function) {
        net::post(loop_.executor(), std::move(function));
    }

 private:
    // The order matters at the end: first what uses the event loop, then the loop with its suspended coroutines,
    // then what those refer to.
    std::size_t index_;
    std::shared_ptr<Generation> generation_;
    net::DeadlineQueue deadlines_;
    LiveConnections live_;
    net::EventLoop loop_;
    net::DeadlineTimer timer_;
    tunnel::Relay relay_;
    upstream::KeptConnections kept_;
    std::map<std::string, std::unique_ptr<accept::Listener>> listeners_;
};

}  // namespace proxy::lifecycle
