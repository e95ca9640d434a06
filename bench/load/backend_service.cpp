// The backend's connections: a head, then an echo or a stream of frames, or pages.
#include "load/backend_service.hpp"

#include "load/channel.hpp"
#include "load/echoes.hpp"
#include "load/sockets.hpp"
#include "load/stream_source.hpp"
#include "load/websocket.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

namespace load {
namespace {

constexpr std::size_t read_buffer_size = 256 * 1024;
constexpr std::size_t headroom =
    16;  // an echoed frame may be longer than the bytes that completed its header

}  // namespace

/** What all connections have in common. */
struct BackendService::Shared {
    Shared(Loop& serving, Fault chosen) : loop(serving), fault(chosen) {}

    Loop& loop;
    Fault fault;
    std::string buffer = std::string(headroom + read_buffer_size, '\0');
    std::string page =
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 1024\r\n\r\n" +
        payload_of(1024);
};

class BackendService::Connection final : public Watched {
  public:
    Connection(BackendService::Shared& shared, int descriptor) : shared_(shared) {
        channel_.open(descriptor);
        shared_.loop.add(descriptor, events_, *this);
    }

    void on_event(std::uint32_t events) override {
        bool alive = true;
        if (events & EPOLLOUT) alive = flush();
        if (alive && pending_.empty() && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) alive = receive();
        if (alive && events & EPOLLERR && !pending_.empty()) alive = false;
        if (alive) alive = follow_up();
        if (!alive) delete this;
    }

  private:
    enum class Speaks { http, echo, stream };

    ~Connection() = default;

    bool receive() {
        const auto read = channel_.read(std::span(shared_.buffer).subspan(headroom));
        if (read.state == Progress::again_read) return true;
        if (read.state != Progress::done) return false;
        return take(std::string_view(shared_.buffer).substr(headroom, read.bytes));
    }

    bool take(std::string_view input) {
        if (speaks_ == Speaks::echo) return echo(input, shared_.buffer.data());
        if (speaks_ == Speaks::stream) return stream_.take(input);
        head_ += input;
        for (auto end = head_.find("\r\n\r\n"); end != std::string::npos; end = head_.find("\r\n\r\n")) {
            const std::string head = head_.substr(0, end + 4);
            head_.erase(0, end + 4);
            if (!answer(head)) return false;
            if (speaks_ == Speaks::http) continue;
            std::string rest;
            rest.swap(head_);
            rest.insert(0, headroom, '\0');
            if (speaks_ == Speaks::stream) return stream_.take(std::string_view(rest).substr(headroom));
            return echo(std::string_view(rest).substr(headroom), rest.data());
        }
        return head_.size() < longest_head;
    }

    bool echo(std::string_view input, char* output) {
        const auto answer = echoes_.answer(input, output);
        if (shared_.fault == Fault::flip && !answer.empty()) output[answer.size() - 1] ^= 1;
        return send(answer);
    }

    bool answer(std::string_view head) {
        if (head.starts_with("GET /1k ")) {
            leaves_ = header(head, "Connection") == "close";
            return send(shared_.page);
        }
        const auto key = header(head, "Sec-WebSocket-Key");
        if (!head.starts_with("GET ") || key.empty()) {
            leaves_ = true;
            return send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        }
        speaks_ = head.starts_with("GET /stream ") ? Speaks::stream : Speaks::echo;
        return send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            accept_value(key) + "\r\n\r\n");
    }

    bool send(std::string_view bytes) {
        if (pending_.empty()) {
            while (!bytes.empty()) {
                const auto written = channel_.write(bytes);
                if (written.state == Progress::failed) return false;
                if (written.state != Progress::done) break;
                bytes.remove_prefix(written.bytes);
            }
        }
        pending_ += bytes;
        return true;
    }

    bool flush() {
        const std::string waiting = std::exchange(pending_, {});
        return send(waiting);
    }

    /** After every event: more of the stream, the end, and what to wait for. Reading rests while bytes wait.
     */
    bool follow_up() {
        if (speaks_ == Speaks::stream && pending_.empty() && !stream_.next().empty()) {
            const auto written = channel_.write(stream_.next());
            if (written.state == Progress::failed) return false;
            stream_.sent(written.bytes);
        }
        const bool over = leaves_ || (speaks_ == Speaks::echo && echoes_.closed()) ||
                          (speaks_ == Speaks::stream && stream_.closed());
        if (over && pending_.empty()) return false;
        const bool sends = !pending_.empty() || (speaks_ == Speaks::stream && !stream_.next().empty());
        const std::uint32_t wanted = (pending_.empty() ? EPOLLIN : 0U) | (sends ? EPOLLOUT : 0U);
        if (wanted != events_) shared_.loop.change(channel_.descriptor(), events_ = wanted, *this);
        return true;
    }

    BackendService::Shared& shared_;
    Channel channel_;
    std::uint32_t events_ = EPOLLIN;
    Speaks speaks_ = Speaks::http;
    bool leaves_ = false;
    std::string head_, pending_;
    Echoes echoes_;
    StreamSource stream_;
};

BackendService::BackendService(Loop& loop, const sockaddr_in& address, Fault fault)
    : shared_(std::make_unique<Shared>(loop, fault)), listener_(listen_on(address)) {
    loop.add(listener_, EPOLLIN, *this);
}

BackendService::~BackendService() {
    shared_->loop.remove(listener_);
    ::close(listener_);
}

void BackendService::on_event(std::uint32_t) {
    for (int fresh = accept_from(listener_); fresh >= 0; fresh = accept_from(listener_))
        new Connection(*shared_, fresh);  // deletes itself at its end
    if (errno != EAGAIN) std::fprintf(stderr, "backend: %s\n", failure("accept", errno).c_str());
}

}  // namespace load
