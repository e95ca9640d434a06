// The modes in which tunnels are busy in a closed loop, stream, or rest: echo, bulk and idle.
#include "load/fleet.hpp"
#include "load/loop.hpp"
#include "load/modes.hpp"
#include "load/stream_source.hpp"

#include <cstdint>

namespace load {
namespace {

constexpr std::uint64_t frames_per_request = 256;  // 16 MiB of a stream

std::int64_t nanoseconds(double seconds) {
    return static_cast<std::int64_t>(seconds * 1e9);
}

struct Span {
    std::uint64_t answers = 0;
    double seconds = 0;
};

/** Keeps every tunnel asking for `seconds`, or until `messages` were sent, and waits for the last answers. */
Span keep_busy(Fleet& fleet, double seconds, std::uint64_t messages) {
    Span span;
    std::uint64_t sent = 0;
    const auto begin = now();
    const auto end = begin + nanoseconds(seconds);
    bool more = true;
    const auto ask = [&](TunnelClient& tunnel) {
        if (!more || (messages != 0 && sent == messages)) return;
        ++sent;
        fleet.awaited += fleet.answers_per_message;
        tunnel.send();
    };
    fleet.on_answer = [&](TunnelClient& tunnel) {
        ++span.answers;
        if (tunnel.answers() % fleet.answers_per_message == 0) ask(tunnel);
    };
    fleet.for_each_open(ask);
    if (messages == 0) fleet.run_until([&] { return now() >= end; });
    more = messages != 0;
    fleet.run_until([&] { return fleet.awaited == 0; });
    span.seconds = static_cast<double>(now() - begin) / 1e9;
    return span;
}

}  // namespace

Errors run_echo(const Run& run) {
    Workshop shop(run.plan);
    Fleet fleet(shop, run.tunnels);
    fleet.open();
    keep_busy(fleet, run.warmup, 0);
    Span span;
    do {
        announce_ready();
        span = keep_busy(fleet, run.seconds, run.messages);
    } while (report(fleet.errors(), {{"messages", static_cast<double>(span.answers)}, {"seconds", span.seconds}}));
    return fleet.errors();
}

Errors run_bulk(const Run& run) {
    Run streams = run;
    streams.plan.path = "/stream";
    streams.plan.sent_size = sizeof(std::uint64_t);
    streams.plan.answer_size = stream_payload;
    streams.plan.fixed_tag = frames_per_request;
    Workshop shop(streams.plan);
    Fleet fleet(shop, run.tunnels);
    fleet.answers_per_message = frames_per_request;
    fleet.open();
    keep_busy(fleet, run.warmup, 0);
    Span span;
    const auto bytes = [&] { return static_cast<double>(span.answers) * static_cast<double>(stream_payload); };
    do {
        announce_ready();
        span = keep_busy(fleet, run.seconds, run.messages);
    } while (report(fleet.errors(), {{"bytes", bytes()}, {"seconds", span.seconds}}));
    return fleet.errors();
}

Errors run_idle(const Run& run) {
    Workshop shop(run.plan);
    Fleet fleet(shop, run.tunnels);
    fleet.open();
    announce_ready();
    // A tunnel that was lost meanwhile would have cost no memory: each must still answer.
    keep_busy(fleet, 0, run.tunnels);
    report(fleet.errors(), {{"tunnels", static_cast<double>(run.tunnels)}});
    return fleet.errors();
}

}  // namespace load
