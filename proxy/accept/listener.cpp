// The accept loop.
#include "proxy/accept/listener.hpp"

#include <atomic>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proxy/connection.hpp"
#include "proxy/lifecycle/worker.hpp"
#include "proxy/observe/error_log.hpp"

namespace proxy::accept {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds pause_when_exhausted{100};

bool out_of_resources(const net::ErrorCode& error) {
    return error == asio::error::no_descriptors || error == asio::error::no_memory ||
           error == asio::error::no_buffer_space || error == boost::system::errc::too_many_files_open_in_system;
}

// Failures are values; what is thrown out of a connection is a bug or a lack of memory, and ends that connection alone.
void log_bug(std::uint64_t connection, const std::exception_ptr& exception) {
    if (!exception) return;
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& error) {
        observe::log(config::LogLevel::crit, connection, std::string("connection ended by an exception: ") + error.what());
    }
}

std::uint64_t next_serial_number() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}  // namespace

struct Listener::State {
    using Acceptor = asio::basic_socket_acceptor<net::Protocol, net::Executor>;
    using Timer = asio::basic_waitable_timer<net::Clock, asio::wait_traits<net::Clock>, net::Executor>;

    State(lifecycle::Worker& owner, std::string configured)
        : worker(owner), name(std::move(configured)), acceptor(owner.executor()), pause(owner.executor()) {}

    lifecycle::Worker& worker;
    std::string name;
    Acceptor acceptor;
    Timer pause;
    bool stopped = false;
};

Listener::Listener(lifecycle::Worker& worker, const std::string& name, const ListeningSocket& socket)
    : state_(std::make_shared<State>(worker, name)) {
    net::Descriptor descriptor = socket.descriptor_for(worker.index());
    net::ErrorCode error;
    state_->acceptor.assign(socket.address().protocol(), descriptor.get(), error);
    if (error) {
        observe::log(config::LogLevel::alert, "cannot accept on " + name + ": " + error.message());
        return;
    }
    descriptor.release();
    asio::co_spawn(worker.executor(), accept_connections(state_), asio::detached);
}

Listener::~Listener() {
    state_->stopped = true;
    net::ErrorCode ignored;  // closing releases the descriptor in every case
    state_->acceptor.close(ignored);
    state_->pause.cancel();
}

net::Task<> Listener::accept_connections(std::shared_ptr<State> state) {
    lifecycle::Worker& worker = state->worker;
    while (!state->stopped) {
        net::SocketAddress remote;
        auto [error, socket] = co_await state->acceptor.async_accept(remote, net::no_throw);
        if (state->stopped) co_return;
        if (out_of_resources(error)) {
            observe::log(config::LogLevel::alert, "accept() on " + state->name + " failed: " + error.message());
            state->pause.expires_after(pause_when_exhausted);
            [[maybe_unused]] auto [ignored] = co_await state->pause.async_wait(net::no_throw);
            continue;
        }
        if (error) continue;  // the client went away before it was accepted
        const std::size_t limit = worker.generation()->model().worker_connections;
        auto admission = worker.live().admit(limit);
        if (!admission) {
            observe::log(config::LogLevel::alert, std::to_string(limit) + " worker_connections are not enough");
            continue;
        }
        Client client{std::move(socket), remote, state->name, next_serial_number(), std::move(admission)};
        const std::uint64_t number = client.number;
        asio::co_spawn(worker.executor(), run_connection(worker, std::move(client)),
                       [number](const std::exception_ptr& exception) { log_bug(number, exception); });
    }
}

}  // namespace proxy::accept
