// Notices that a client has gone away while it is waiting for an upstream.
#pragma once

#include "net/stream.hpp"

namespace proxy::http {

/// Looks at the client's socket twice a second for as long as it lives, and cancels the upstream's pending calls
/// when the client has ended or reset the connection. Looking costs one system call for slow responses and nothing
/// for those that come at once; waiting for the socket instead would cost two for every request.
class ClientWatch {
 public:
    ClientWatch(net::DeadlineQueue& deadlines, net::Stream& client, net::Stream& upstream)
        : client_(client), upstream_(upstream), next_look_(deadlines, &ClientWatch::look, this) {
        next_look_.arm(interval);
    }

    bool client_gone() const { return gone_; }

 private:
    static constexpr net::Duration interval{500};

    static void look(void* self) {
        auto& watch = *static_cast<ClientWatch*>(self);
        watch.gone_ = watch.client_.has_ended();
        if (watch.gone_)
            watch.upstream_.cancel();
        else
            watch.next_look_.arm(interval);
    }

    net::Stream& client_;
    net::Stream& upstream_;
    net::Deadline next_look_;
    bool gone_ = false;
};

}  // namespace proxy::http
