// Latency at an offered rate. Messages are sent when they are due, whether or not earlier ones were answered,
// and their time counts from when they were due: a proxy that stalls pays for all that had to wait (no
// coordinated omission).
#include "load/fleet.hpp"
#include "load/histogram.hpp"
#include "load/loop.hpp"
#include "load/modes.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

namespace load {
namespace {

class Offer {
  public:
    /** `sleeps`: as long as there is nothing to do; what it takes to wake up is then part of each latency. */
    Offer(Fleet& fleet, Loop& loop, double rate, bool sleeps)
        : fleet_(fleet), loop_(loop), interval_(1e9 / rate), sleeps_(sleeps), due_(fleet.size()) {
        fleet_.on_answer = [this](TunnelClient& tunnel) {
            auto& waiting = due_[tunnel.number() - 1];
            latencies_.add(now() - waiting.front());
            waiting.pop_front();
        };
    }

    /** Offers for `seconds`, waits for the last answers, and returns the latencies. */
    Histogram run(double seconds) {
        latencies_ = {};
        const auto begin = now();
        const auto count = static_cast<std::uint64_t>(seconds * 1e9 / interval_);
        for (std::uint64_t number = 0; number < count && fleet_.errors().count() == 0;) {
            const auto time = now();
            const auto due = begin + static_cast<std::int64_t>(static_cast<double>(number) * interval_);
            if (due <= time) {
                send(number++, due);
                // The answers have their turn between messages that are overdue.
                if (number % 64 == 0) loop_.run_once(0);
            } else {
                loop_.run_once(sleeps_ ? std::min(due - time, second / 10) : 0);
            }
        }
        fleet_.run_until([&] { return fleet_.awaited == 0; });
        return latencies_;
    }

  private:
    void send(std::uint64_t number, std::int64_t due) {
        const auto index = static_cast<std::size_t>(number % fleet_.size());
        due_[index].push_back(due);
        ++fleet_.awaited;
        fleet_.tunnel(index).send();
    }

    Fleet& fleet_;
    Loop& loop_;
    double interval_;
    bool sleeps_;
    std::vector<std::deque<std::int64_t>> due_;
    Histogram latencies_;
};

}  // namespace

Errors run_latency(const Run& run) {
    Workshop shop(run.plan);
    Fleet fleet(shop, run.tunnels);
    fleet.open();
    // A backend of its own would not have the core while this one does not sleep.
    Offer offer(fleet, shop.loop, run.rate, !run.plan.backend);
    bool again = true;
    while (again) {
        offer.run(run.warmup);  // each time: the caches are those of another proxy by now
        announce_ready();
        const auto begin = now();
        const auto latencies = offer.run(run.seconds);
        again = report(fleet.errors(), {{"messages", static_cast<double>(latencies.total())},
                                        {"seconds", static_cast<double>(now() - begin) / 1e9},
                                        {"p50", latencies.quantile(0.5) / 1e9},
                                        {"p99", latencies.quantile(0.99) / 1e9},
                                        {"p999", latencies.quantile(0.999) / 1e9}});
    }
    return fleet.errors();
}

}  // namespace load
