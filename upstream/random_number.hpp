// Chance, for what nobody has to be unable to guess.
#pragma once

#include <cstdint>
#include <random>

namespace upstream {

/// Uniform over 64 bits, from a generator that each thread has for itself, seeded by the system.
inline std::uint64_t random_number() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return generator();
}

}  // namespace upstream
