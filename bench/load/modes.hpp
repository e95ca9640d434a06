// What bench-load can do. Each mode opens and warms up, announces it is ready, measures, reports, does that again
// when it is told to, and takes down.
#pragma once

#include "load/console.hpp"
#include "load/tunnel_client.hpp"

#include <cstdint>

namespace load {

struct Run {
    Plan plan;
    std::uint32_t tunnels = 1;
    double seconds = 1;
    double warmup = 0.2;
    std::uint64_t messages = 0;  // with a number, echo ends there and not by time
    double rate = 1000;          // messages a second that latency offers
};

/** Each of these returns what went wrong. */
Errors run_echo(const Run& run);       // closed loop, one message in flight per tunnel
Errors run_latency(const Run& run);    // open loop at a fixed rate, from the intended time of each message
Errors run_handshake(const Run& run);  // connect, upgrade, one echo, close; `tunnels` of them at a time
Errors run_idle(const Run& run);       // opens and holds
Errors run_bulk(const Run& run);       // streams of 64 KiB frames to the client
Errors run_get(const Run& run);        // GET on kept connections

}  // namespace load
