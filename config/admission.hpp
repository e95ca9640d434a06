// How many requests an upstream lets in: `admit`, `max_handshakes` and `admit_queue`.
#pragma once

#include "config/balance.hpp"

#include <chrono>
#include <optional>

namespace config {

/// `admit RATE [burst=N]`.
struct AdmissionRate {
    unsigned requests = 1;                                    ///< and handshakes,
    std::chrono::milliseconds per = std::chrono::seconds(1);  ///< in this time
    unsigned burst = 1;                                       ///< that may come at once after a quiet time
    bool operator==(const AdmissionRate&) const = default;
};

struct Admission {
    std::optional<AdmissionRate> rate;
    unsigned max_handshakes = 0;             ///< upgrades whose 101 or refusal is still to come; 0: unlimited
    Queue queue{0, std::chrono::seconds(5)};  ///< who may wait to be let in; beyond that it is a 503
    bool is_limited() const { return rate || max_handshakes > 0; }
    bool operator==(const Admission&) const = default;
};

}  // namespace config
