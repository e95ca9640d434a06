// Counting who comes in.
#include "upstream/admission.hpp"

namespace upstream {

namespace {

PaceLimit pace_of(const config::AdmissionRate& rate) {
    return {net::Clock::duration(rate.per) / rate.requests, rate.burst};
}

constexpr std::chrono::seconds longest_advice{60};

}  // namespace

std::variant<Admission::Permit, net::TimePoint, Admission::Crowded> Admission::ask(const config::Admission& limits,
                                                                                   Kind kind, net::TimePoint now) {
    // The rate is looked at before a place is taken: a place that is given back calls the next in line, who would find
    // out the same and call the one behind, round and round for as long as anybody waits.
    if (limits.rate)
        if (const auto when = pace_.next(now, pace_of(*limits.rate))) return *when;
    Permit permit;
    if (kind == Kind::handshake && limits.max_handshakes > 0) {
        if (!take_place(limits.max_handshakes)) return Crowded{};
        permit = Permit(this);
    }
    if (limits.rate)
        if (const auto when = pace_.take(now, pace_of(*limits.rate))) return *when;  // another thread has been faster
    return permit;
}

// A handshake joins the line before it asks for a last time; a place is given back before the line is looked at. Both
// in sequentially consistent order, so that one of the two sees the other.
bool Admission::take_place(unsigned most) {
    unsigned held = handshakes_.load();
    while (held < most)
        if (handshakes_.compare_exchange_weak(held, held + 1)) return true;
    return false;
}

void Admission::give_back() {
    handshakes_.fetch_sub(1);
    line_.call();
}

std::chrono::seconds retry_after(const config::Admission& limits, std::size_t waiting, std::uint32_t random) {
    std::chrono::seconds least{1};
    if (limits.rate)
        least += std::chrono::duration_cast<std::chrono::seconds>(limits.rate->per * static_cast<std::int64_t>(waiting) /
                                                                  limits.rate->requests);
    least = std::min(least, longest_advice);
    return least + std::chrono::seconds(random % static_cast<std::uint32_t>(least.count() + 1));
}

}  // namespace upstream
