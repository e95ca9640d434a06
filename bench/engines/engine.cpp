// bench-engine: the bare relay of bench-floor on the event loop of a worker (--engine=worker), in an epoll set nested in
// Asio's reactor (--engine=nested), or with that reactor alone (--engine=asio).
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "load/options.hpp"
#include "load/sockets.hpp"
#include "net/event_loop.hpp"

namespace {

namespace asio = boost::asio;

using OnReadable = void (*)(void* owner);

class AsioLoop {
 public:
    net::Executor executor() { return context_.get_executor(); }
    void run() { context_.run(); }

 private:
    asio::io_context context_{1};
};

/// Waits in the epoll set that all sockets share.
class PollerWait {
 public:
    PollerWait(const net::Executor& executor, int descriptor, OnReadable callback, void* owner)
        : socket_(net::Descriptor(descriptor)), callback_(callback), owner_(owner) {
        socket_.tell(net::Poller::of(executor), &PollerWait::on_event, this);
    }

    int descriptor() const { return socket_.descriptor(); }
    void wait() { socket_.want(EPOLLIN); }
    void has_read(net::Rest rest) { socket_.has_read(rest); }
    void stop() { socket_.close(); }

 private:
    static void on_event(void* self, std::uint32_t) {
        const auto& wait = *static_cast<PollerWait*>(self);
        wait.callback_(wait.owner_);
    }

    net::PolledSocket socket_;
    OnReadable callback_;
    void* owner_;
};

/// Waits with an operation of Asio for each event.
class AsioWait {
 public:
    using Socket = asio::posix::basic_stream_descriptor<net::Executor>;

    AsioWait(const net::Executor& executor, int descriptor, OnReadable callback, void* owner)
        : socket_(executor, descriptor), callback_(callback), owner_(owner) {}

    int descriptor() { return socket_.native_handle(); }
    void has_read(net::Rest) {}  // the reactor finds out by itself
    void wait() {
        socket_.async_wait(Socket::wait_read, [this](net::ErrorCode error) {
            if (!error) callback_(owner_);
        });
    }
    void stop() { socket_.close(); }

 private:
    Socket socket_;
    OnReadable callback_;
    void* owner_;
};

std::string& buffer() {
    static std::string shared(256 * 1024, '\0');
    return shared;
}

/// Two sockets, each of which gets what the other sends. What does not fit at once ends both: the load sends small
/// messages, and this measures waiting.
template <typename Wait>
class Pair {
 public:
    Pair(const net::Executor& executor, int client, int backend)
        : client_(executor, client, &Pair::from_client, this), backend_(executor, backend, &Pair::from_backend, this) {
        client_.wait();
        backend_.wait();
    }

 private:
    static void from_client(void* self) {
        auto& pair = *static_cast<Pair*>(self);
        pair.pass(pair.client_, pair.backend_);
    }
    static void from_backend(void* self) {
        auto& pair = *static_cast<Pair*>(self);
        pair.pass(pair.backend_, pair.client_);
    }

    void pass(Wait& from, Wait& to) {
        const ssize_t count = ::recv(from.descriptor(), buffer().data(), buffer().size(), 0);
        from.has_read(net::rest_after(count, buffer().size()));
        const ssize_t sent = count > 0 ? ::send(to.descriptor(), buffer().data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) : 0;
        if (count <= 0 || sent != count) return end();
        from.wait();
    }

    // Its memory stays until the program ends: a handler of Asio may still point here.
    void end() {
        client_.stop();
        backend_.stop();
    }

    Wait client_;
    Wait backend_;
};

template <typename Wait>
class Door {
 public:
    Door(const net::Executor& executor, int listener, const sockaddr_in& backend)
        : executor_(executor), backend_(backend), wait_(executor, listener, &Door::on_readable, this) {
        wait_.wait();
    }

 private:
    static void on_readable(void* self) { static_cast<Door*>(self)->accept_all(); }

    void accept_all() {
        for (int client = load::accept_from(wait_.descriptor()); client >= 0; client = load::accept_from(wait_.descriptor())) {
            const int backend = load::connect_to(backend_, 0);
            if (backend >= 0) pairs_.push_back(std::make_unique<Pair<Wait>>(executor_, client, backend));
        }
        wait_.has_read(net::Rest::nothing);
        wait_.wait();
    }

    net::Executor executor_;
    sockaddr_in backend_;
    Wait wait_;
    std::vector<std::unique_ptr<Pair<Wait>>> pairs_;
};

template <typename Loop, typename Wait>
void run(const sockaddr_in& listen, const sockaddr_in& backend) {
    Loop loop;
    const Door<Wait> door(loop.executor(), load::listen_on(listen), backend);
    loop.run();
}

}  // namespace

int main(int count, char** arguments) {
    try {
        load::Options options(count, arguments);
        const auto listen = load::parse_address(options.text("listen", "127.0.0.1:8000"));
        const auto backend = load::parse_address(options.text("backend", "127.0.0.1:7000"));
        const std::string engine = options.text("engine", "worker");
        options.refuse_others();
        load::raise_descriptor_limit();
        if (engine == "worker") run<net::EventLoop, PollerWait>(listen, backend);
        if (engine == "nested") run<AsioLoop, PollerWait>(listen, backend);
        if (engine == "asio") run<AsioLoop, AsioWait>(listen, backend);
        throw std::invalid_argument("no such engine: " + engine);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench-engine: %s\n", error.what());
        return 2;
    }
}
