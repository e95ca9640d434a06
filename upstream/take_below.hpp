// Counting up to a bound.
#pragma once

#include <atomic>
#include <type_traits>

namespace upstream {

/// Counts one more, over all threads, unless there are `most` already. Sequentially consistent, for those who must not
/// miss each other: who finds no room and waits, and who makes some and calls.
template <typename Count>
bool take_below(std::atomic<Count>& count, std::type_identity_t<Count> most) {
    Count held = count.load();
    while (held < most)
        if (count.compare_exchange_weak(held, held + 1)) return true;
    return false;
}

}  // namespace upstream
