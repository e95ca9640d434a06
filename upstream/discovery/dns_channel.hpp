// A channel of c-ares whose sockets and time-outs an event loop waits for.
#pragma once

#include "config/model.hpp"
#include "net/deadline.hpp"
#include "net/failure.hpp"
#include "net/task.hpp"

#include <ares.h>
#include <functional>
#include <map>
#include <memory>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace upstream {

/// Part of whoever asks through it. Everything happens on the event loop: each of its events lets c-ares do what it can,
/// which calls back what was asked with handle().
class DnsChannel {
  public:
    /// `on_event` is called behind each event, when c-ares has done what it could.
    DnsChannel(const net::Executor& executor, std::function<void()> on_event)
        : executor_(executor), on_event_(std::move(on_event)), tick_(executor) {}
    ~DnsChannel() { close(); }
    DnsChannel(const DnsChannel&) = delete;
    DnsChannel& operator=(const DnsChannel&) = delete;

    /// Opens the channel to the nameservers of `settings`, or to those of the system: a status of c-ares.
    int open(const config::Resolver& settings);

    /// What the functions of c-ares take; null unless open.
    ares_channel handle() const { return channel_; }

    /// Waits for what c-ares wants next. The handlers own `owner`, which has the channel in it.
    void wait(const std::shared_ptr<void>& owner);

    /// Ends all that is asked, with ARES_EDESTRUCTION.
    void close();

  private:
    using WaitType = boost::asio::posix::descriptor_base::wait_type;

    // A socket of c-ares, and which of its events are wanted and waited for.
    struct Socket {
        struct Interest {
            bool wanted = false;
            bool waited_for = false;
        };
        Socket(const net::Executor& executor, int number) : descriptor(executor, number) {}
        Interest& interest(WaitType type) {
            return type == boost::asio::posix::descriptor_base::wait_read ? read : write;
        }
        boost::asio::posix::basic_stream_descriptor<net::Executor> descriptor;
        Interest read;
        Interest write;
    };

    static void on_socket_state(void* self, ares_socket_t number, int readable, int writable);
    void wait_for(const std::shared_ptr<Socket>& socket, WaitType type, const std::shared_ptr<void>& owner);
    void process(ares_socket_t readable, ares_socket_t writable);

    net::Executor executor_;
    std::function<void()> on_event_;
    boost::asio::basic_waitable_timer<net::Clock, boost::asio::wait_traits<net::Clock>, net::Executor> tick_;
    ares_channel channel_ = nullptr;
    std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
};

}  // namespace upstream
