// Whole lives of tunnels, a few at a time: connect, TLS, upgrade, one echo, Close both ways, end of the
// connection.
#include "load/loop.hpp"
#include "load/modes.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace load {
namespace {

class Lives final : public TunnelWatcher {
  public:
    Lives(Workshop& shop, std::uint32_t at_once) : shop_(shop) {
        for (std::uint32_t i = 0; i < at_once; ++i) tunnels_.emplace_back(shop, *this, i + 1);
    }

    /** Starts new lives for `seconds` and waits for the end of the last ones. */
    void run(double seconds) {
        ended_ = resumed_ = 0;
        const auto begin = now();
        const auto end = begin + static_cast<std::int64_t>(seconds * 1e9);
        more_ = true;
        for (auto& tunnel : tunnels_) {
            ++alive_;
            tunnel.begin();
        }
        while (alive_ > 0 && errors_.count() == 0) {
            shop_.loop.run_once(second / 10);
            const auto time = now();
            more_ = time < end;
            if (time > end + 10 * second) errors_.add("a handshake did not end within ten seconds");
        }
        seconds_ = static_cast<double>(now() - begin) / 1e9;
    }

    [[nodiscard]] std::uint64_t ended() const { return ended_; }
    [[nodiscard]] std::uint64_t resumed() const { return resumed_; }
    [[nodiscard]] double seconds() const { return seconds_; }
    [[nodiscard]] const Errors& errors() const { return errors_; }

  private:
    void opened(TunnelClient& tunnel) override {
        if (tunnel.resumed()) ++resumed_;
        tunnel.send();
    }
    void answered(TunnelClient& tunnel) override { tunnel.say_goodbye(); }
    void closed(TunnelClient& tunnel) override {
        ++ended_;
        if (more_) return tunnel.begin();
        --alive_;
    }
    void failed(TunnelClient&, const std::string& reason) override {
        errors_.add(reason);
        --alive_;
    }

    Workshop& shop_;
    std::deque<TunnelClient> tunnels_;
    std::uint32_t alive_ = 0;
    std::uint64_t ended_ = 0, resumed_ = 0;
    double seconds_ = 0;
    bool more_ = false;
    Errors errors_;
};

}  // namespace

Errors run_handshake(const Run& run) {
    Workshop shop(run.plan);
    Lives lives(shop, run.tunnels);
    lives.run(run.warmup);
    const auto* tls = run.plan.tls;
    Errors errors;
    do {
        announce_ready();
        lives.run(run.seconds);
        errors = lives.errors();
        const auto expected = tls != nullptr && tls->use() == TlsUse::resumed ? lives.ended() : 0;
        if (errors.count() == 0 && lives.resumed() != expected)
            errors.add(std::to_string(lives.resumed()) + " sessions were resumed, not " +
                       std::to_string(expected));
    } while (report(errors, {{"handshakes", static_cast<double>(lives.ended())}, {"seconds", lives.seconds()}}));
    return errors;
}

}  // namespace load
