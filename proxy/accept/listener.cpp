// Accepting, and pausing where that cannot be done.
#include "proxy/accept/listener.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

#include <boost/asio/co_spawn.hpp>

#include "net/system_calls.hpp"
#include "proxy/connection.hpp"
#include "proxy/lifecycle/worker.hpp"
#include "proxy/observe/error_log.hpp"

namespace proxy::accept {

namespace asio = boost::asio;

namespace {

constexpr net::Duration pause_when_exhausted{100};

bool out_of_resources(const net::ErrorCode& error) {
    return error == asio::error::no_descriptors || error == asio::error::no_memory ||
           error == asio::error::no_buffer_space || error == boost::system::errc::too_many_files_open_in_system;
}

void adopt(tunnel::Relay& relay, tunnel::Tunnel tunnel, std::uint64_t connection) {
    try {
        relay.adopt(std::move(tunnel));
    } catch (...) {
        observe::log_exception(connection, std::current_exception());
    }
}

std::uint64_t next_serial_number() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}  // namespace

Listener::Listener(lifecycle::Worker& worker, const std::string& name, ListeningSocket& socket)
    : worker_(worker),
      name_(name),
      address_(socket.address()),
      socket_(socket.take(worker.index()), net::PolledSocket::Trigger::level),
      pause_(worker.deadlines(), &Listener::resume, this) {
    socket_.tell(net::Poller::of(worker.executor()), &Listener::on_event, this);
    if (const net::ErrorCode error = socket_.want(EPOLLIN))
        observe::log(config::LogLevel::alert, "cannot accept on " + name + ": " + error.message());
}

void Listener::on_event(void* self, std::uint32_t) { static_cast<Listener*>(self)->accept_one(); }

void Listener::resume(void* self) {
    auto& listener = *static_cast<Listener*>(self);
    if (const net::ErrorCode error = listener.socket_.want(EPOLLIN)) listener.pause(error);
}

void Listener::pause(const net::ErrorCode& error) {
    observe::log(config::LogLevel::alert, "accept() on " + name_ + " failed: " + error.message());
    [[maybe_unused]] const net::ErrorCode ignored = socket_.want(0);  // removing does not fail
    pause_.arm(pause_when_exhausted);
}

// One for each event: what has been accepted gets its turn.
void Listener::accept_one() {
    net::SocketAddress remote;
    auto size = static_cast<socklen_t>(remote.capacity());
    net::Descriptor connection(net::kernel::accept4(socket_.descriptor(), remote.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
        remote.resize(size);
        return start(std::move(connection), remote);
    }
    const net::ErrorCode error(errno, boost::system::system_category());
    if (out_of_resources(error)) pause(error);  // otherwise the client went away before it was accepted
}

void Listener::start(net::Descriptor connection, const net::SocketAddress& remote) {
    const std::size_t limit = worker_.generation()->model().worker_connections;
    auto admission = worker_.live().admit(limit);
    if (!admission) {
        observe::log(config::LogLevel::alert, std::to_string(limit) + " worker_connections are not enough");
        return;
    }
    const net::SocketAddress local = local_address(connection);
    Client client{std::move(connection), remote, local, name_, next_serial_number(), std::move(admission)};
    const std::uint64_t number = client.number;
    // Every HTTP frame and buffer is gone before the relay starts.
    asio::co_spawn(worker_.executor(), serve_connection(worker_, std::move(client)),
                   [&worker = worker_, number](const std::exception_ptr& exception, std::unique_ptr<tunnel::Tunnel> tunnel) {
                       if (exception) observe::log_exception(number, exception);
                       if (tunnel) adopt(worker.relay(), std::move(*tunnel), number);
                   });
}

// Only a socket that listens on all addresses has to be asked.
net::SocketAddress Listener::local_address(const net::Descriptor& connection) const {
    if (!net::is_any_address(address_)) return address_;
    net::SocketAddress local;
    auto size = static_cast<socklen_t>(local.capacity());
    if (::getsockname(connection.get(), local.data(), &size) != 0) return address_;
    local.resize(size);
    return local;
}

}  // namespace proxy::accept
