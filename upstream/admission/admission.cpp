// Counting who comes in.
#include "upstream/admission/admission.hpp"

#include "upstream/take_below.hpp"

namespace upstream {

namespace {

PaceLimit pace_of(const config::AdmissionRate& rate) {
    return {net::Clock::duration(rate.per) / rate.requests, rate.burst};
}

constexpr std::chrono::seconds longest_advice{60};

}  // namespace

void Admission::limit(const config::Admission& limits, net::TimePoint now) {
    const PaceLimit rate = limits.rate ? pace_of(*limits.rate) : PaceLimit{};
    spacing_ = rate.spacing.count();
    burst_ = rate.burst;
    pace_.change_to(rate, now);
    most_handshakes_ = limits.max_handshakes;
    for (const Kind kind : {Kind::request, Kind::handshake}) line(kind).call_again();
}

// While it is being set, its two numbers may be of two limits; nothing but a single answer depends on that.
PaceLimit Admission::rate() const {
    return {net::Clock::duration(spacing_.load(std::memory_order_relaxed)), burst_.load(std::memory_order_relaxed)};
}

std::variant<Admission::Permit, net::TimePoint, Admission::Crowded> Admission::ask(Kind kind, net::TimePoint now) {
    const PaceLimit rate = this->rate();
    const bool is_paced = rate.spacing > net::Clock::duration::zero();
    // The rate is looked at before a place is taken: a place that is given back calls the next in line, who would find
    // out the same and call the one behind, round and round for as long as anybody waits.
    if (is_paced)
        if (const auto when = pace_.next(now, rate)) return *when;
    Permit permit;
    if (const unsigned most = most_handshakes_; kind == Kind::handshake && most > 0) {
        // A handshake joins the line before it asks for a last time; a place is given back before the line is looked
        // at. So one of the two sees the other.
        if (!take_below(handshakes_, most)) return Crowded{};
        permit = Permit(this);
    }
    if (is_paced)
        if (const auto when = pace_.take(now, rate)) return *when;  // another thread has been faster
    return permit;
}

void Admission::give_back() {
    handshakes_.fetch_sub(1);
    handshake_line_.call();
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
