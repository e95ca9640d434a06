// bench-floor: the least a relay can do. One epoll set, recv and send with one 256 KiB buffer, no protocol at
// all.
#include "load/loop.hpp"
#include "load/options.hpp"
#include "load/sockets.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace {

using namespace load;

struct Relay {
    explicit Relay(const sockaddr_in& address) : backend(address) {}

    sockaddr_in backend;
    Loop loop;
    std::string buffer = std::string(256 * 1024, '\0');
    class Pair* dead = nullptr;  // a pair ends after the batch: its other side may still have an event in it
};

class Pair;

class Side final : public Watched {
  public:
    Side(Relay& relay, Pair& pair, int descriptor) : relay_(relay), pair_(pair), descriptor_(descriptor) {
        relay_.loop.add(descriptor, events_, *this);
    }
    ~Side() { ::close(descriptor_); }
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;

    void on_event(std::uint32_t events) override;

    void set_other(Side& other) { other_ = &other; }

  private:
    bool pump();
    bool send(std::string_view bytes);
    bool flush();
    void listen_for();

    Relay& relay_;
    Pair& pair_;
    Side* other_ = nullptr;
    int descriptor_;
    std::uint32_t events_ = EPOLLIN;
    bool ended_ = false;   // this side sends no more
    std::string pending_;  // what this side has not taken yet
};

class Pair {
  public:
    Pair(Relay& relay, int client, int backend)
        : client_(relay, *this, client), backend_(relay, *this, backend), relay_(relay) {
        client_.set_other(backend_);
        backend_.set_other(client_);
    }

    [[nodiscard]] bool over() const { return over_; }
    void end() {
        over_ = true;
        next_dead_ = relay_.dead;
        relay_.dead = this;
    }
    [[nodiscard]] Pair* next_dead() const { return next_dead_; }

  private:
    Side client_, backend_;
    Relay& relay_;
    bool over_ = false;
    Pair* next_dead_ = nullptr;
};

void Side::on_event(std::uint32_t events) {
    if (pair_.over()) return;
    bool alive = (events & EPOLLERR) == 0;
    if (alive && events & EPOLLOUT) alive = flush();
    if (alive && !ended_ && other_->pending_.empty() && events & (EPOLLIN | EPOLLHUP)) alive = pump();
    if (!alive || (ended_ && other_->ended_ && pending_.empty() && other_->pending_.empty()))
        return pair_.end();
    listen_for();
    other_->listen_for();
}

bool Side::pump() {
    const auto count = ::recv(descriptor_, relay_.buffer.data(), relay_.buffer.size(), 0);
    if (count < 0) return errno == EAGAIN;
    if (count > 0) return other_->send({relay_.buffer.data(), static_cast<std::size_t>(count)});
    ended_ = true;
    return ::shutdown(other_->descriptor_, SHUT_WR) == 0;
}

bool Side::send(std::string_view bytes) {
    const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) return false;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    pending_ = bytes;
    return true;
}

bool Side::flush() {
    const std::string waiting = std::exchange(pending_, {});
    return waiting.empty() || send(waiting);
}

void Side::listen_for() {
    const std::uint32_t wanted =
        (ended_ || !other_->pending_.empty() ? 0U : EPOLLIN) | (pending_.empty() ? 0U : EPOLLOUT);
    if (wanted != events_) relay_.loop.change(descriptor_, events_ = wanted, *this);
}

class Door final : public Watched {
  public:
    Door(Relay& relay, int listener) : relay_(relay), listener_(listener) {
        relay_.loop.add(listener, EPOLLIN, *this);
    }

    void on_event(std::uint32_t) override {
        for (int client = accept_from(listener_); client >= 0; client = accept_from(listener_)) {
            const int backend = connect_to(relay_.backend, 0);
            if (backend >= 0) {
                new Pair(relay_, client, backend);  // freed after the batch in which it ends
                continue;
            }
            std::fprintf(stderr, "bench-floor: %s\n", failure("connect", errno).c_str());
            ::close(client);
        }
    }

  private:
    Relay& relay_;
    int listener_;
};

void run(const sockaddr_in& listen, const sockaddr_in& backend) {
    Relay relay(backend);
    Door door(relay, listen_on(listen));
    while (true) {
        relay.loop.run_once(-1);
        while (relay.dead != nullptr) {
            std::unique_ptr<Pair> dead(relay.dead);
            relay.dead = dead->next_dead();
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    try {
        Options options(count, arguments);
        const auto listen = parse_address(options.text("listen", "127.0.0.1:8000"));
        const auto backend = parse_address(options.text("backend", "127.0.0.1:7000"));
        const auto workers = options.count("workers", 1);
        options.refuse_others();
        raise_descriptor_limit();
        for (std::uint64_t i = 1; i < workers; ++i)
            if (::fork() == 0) break;
        run(listen, backend);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench-floor: %s\n", error.what());
        return 2;
    }
}
