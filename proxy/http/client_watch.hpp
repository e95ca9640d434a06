// Notices that a client has gone away while it is waiting for an upstream.
#pragma once

#include <functional>
#include <utility>

#include <boost/asio/error.hpp>

#include "net/stream.hpp"

namespace proxy::http {

/// Looks at the client's socket twice a second for as long as it lives, and calls `on_gone` once when the client has
/// ended or reset the connection. Looking costs one system call for slow responses and nothing for those that come at
/// once; waiting for the socket instead would cost two for every request.
class ClientWatch {
 public:
    ClientWatch(net::DeadlineQueue& deadlines, net::Stream& client, std::function<void()> on_gone)
        : client_(client), on_gone_(std::move(on_gone)), next_look_(deadlines, &ClientWatch::look, this) {
        next_look_.arm(interval);
    }

    /// Cancels the pending calls of an upstream.
    ClientWatch(net::DeadlineQueue& deadlines, net::Stream& client, net::Stream& upstream)
        : ClientWatch(deadlines, client, [&upstream] { upstream.cancel(); }) {}

    bool client_gone() const { return gone_; }

 private:
    static constexpr net::Duration interval{500};

    static void look(void* self) {
        auto& watch = *static_cast<ClientWatch*>(self);
        watch.gone_ = watch.client_.has_ended();
        if (watch.gone_)
            watch.on_gone_();
        else
            watch.next_look_.arm(interval);
    }

    net::Stream& client_;
    std::function<void()> on_gone_;
    net::Deadline next_look_;
    bool gone_ = false;
};

/// What a request fails with whose client has gone.
inline net::Failure client_left(net::Stage stage) {
    return {boost::asio::error::connection_reset, net::Party::client, stage};
}

}  // namespace proxy::http
