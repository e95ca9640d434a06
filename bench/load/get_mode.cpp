// GET /1k on kept connections, one request in flight on each; every answer is verified.
#include "load/channel.hpp"
#include "load/loop.hpp"
#include "load/modes.hpp"
#include "load/sockets.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <sys/epoll.h>

namespace load {
namespace {

constexpr std::size_t page_size = 1024;

/** What the connections of a run share. */
struct Round {
    explicit Round(const Plan& chosen) : plan(chosen) {}

    Plan plan;
    Loop loop;
    std::string page = payload_of(page_size);
    std::string buffer = std::string(256 * 1024, '\0');
    std::uint64_t answers = 0;
    std::uint64_t in_flight = 0;
    bool more = false;
    Errors errors;
};

class PageClient final : public Watched {
  public:
    explicit PageClient(Round& round) : round_(round) {}

    void begin() {
        const int descriptor = connect_to(round_.plan.target, 0);
        if (descriptor < 0) return round_.errors.add(failure("connect", errno));
        channel_.open(descriptor);
        round_.loop.add(descriptor, EPOLLOUT, *this);
    }

    void ask() {
        static constexpr std::string_view request = "GET /1k HTTP/1.1\r\nHost: localhost\r\n\r\n";
        answer_.clear();
        ++round_.in_flight;
        const auto written = channel_.write(request);
        if (written.state != Progress::done || written.bytes != request.size())
            fail("a request was not taken");
    }

    [[nodiscard]] bool ready() const { return ready_; }

    void on_event(std::uint32_t) override { ready_ ? receive() : prepare(); }

  private:
    void prepare() {
        const int error = connect_error(channel_.descriptor());
        if (error != 0) return fail(failure("connect", error));
        if (round_.plan.tls != nullptr) {
            if (!channel_.secured()) channel_.secure(*round_.plan.tls);
            const auto progress = channel_.shake_hands();
            if (progress == Progress::again_read)
                return round_.loop.change(channel_.descriptor(), EPOLLIN, *this);
            if (progress == Progress::again_write) return;
            if (progress != Progress::done) return fail("TLS handshake: " + channel_.reason());
        }
        ready_ = true;
        round_.loop.change(channel_.descriptor(), EPOLLIN, *this);
    }

    void receive() {
        do {
            const auto read = channel_.read(round_.buffer);
            if (read.state == Progress::again_read) return;
            if (read.state != Progress::done) return fail("connection lost: " + channel_.reason());
            answer_.append(round_.buffer, 0, read.bytes);
            if (!judge()) return;
        } while (channel_.holds_more());
    }

    /** False when the connection is given up. */
    bool judge() {
        const auto end = answer_.find("\r\n\r\n");
        if (end == std::string::npos || answer_.size() < end + 4 + page_size) return true;
        const auto head = std::string_view(answer_).substr(0, end + 4);
        const bool right = head.starts_with("HTTP/1.1 200 ") && header(head, "Content-Length") == "1024" &&
                           std::string_view(answer_).substr(end + 4) == round_.page;
        if (!right) {
            fail("a wrong answer: " + answer_.substr(0, answer_.find("\r\n")));
            return false;
        }
        ++round_.answers;
        --round_.in_flight;
        if (round_.more) ask();
        return ready_;
    }

    void fail(const std::string& reason) {
        round_.loop.remove(channel_.descriptor());
        channel_.close();
        ready_ = false;
        round_.errors.add(reason);
    }

    Round& round_;
    Channel channel_;
    bool ready_ = false;
    std::string answer_;
};

template <typename Done>
void run_until(Round& round, std::int64_t deadline, Done done) {
    while (round.errors.count() == 0 && !done()) {
        round.loop.run_once(second / 10);
        if (now() > deadline) round.errors.add("no answer for ten seconds");
    }
}

double ask_for(Round& round, std::deque<PageClient>& clients, double seconds) {
    round.answers = 0;
    round.more = true;
    const auto begin = now();
    const auto end = begin + static_cast<std::int64_t>(seconds * 1e9);
    for (auto& client : clients)
        if (client.ready()) client.ask();
    run_until(round, end + second, [&] { return now() >= end; });
    round.more = false;
    run_until(round, end + 10 * second, [&] { return round.in_flight == 0; });
    return static_cast<double>(now() - begin) / 1e9;
}

}  // namespace

Errors run_get(const Run& run) {
    Round round(run.plan);
    std::deque<PageClient> clients;
    for (std::uint32_t i = 0; i < run.tunnels; ++i) clients.emplace_back(round).begin();
    run_until(round, now() + 10 * second, [&] {
        for (const auto& client : clients)
            if (!client.ready()) return false;
        return true;
    });
    ask_for(round, clients, run.warmup);
    double seconds = 0;
    do {
        announce_ready();
        seconds = ask_for(round, clients, run.seconds);
    } while (report(round.errors, {{"requests", static_cast<double>(round.answers)}, {"seconds", seconds}}));
    return round.errors;
}

}  // namespace load
