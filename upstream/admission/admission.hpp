// Who is let in to a pool: at most so many requests in a second, and so many handshakes at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>
#include <variant>

#include "config/admission.hpp"
#include "upstream/admission/pace.hpp"
#include "upstream/admission/waiting_line.hpp"

namespace upstream {

/// What lives of it over reloads, for all workers together.
class Admission {
 public:
    /// A handshake needs one of the places that `max_handshakes` gives, a request does not.
    enum class Kind { request, handshake };

    /// Sets the limits, for those who wait as well. From any thread.
    void limit(const config::Admission& limits, net::TimePoint now);

    /// Lets one in. That of a handshake holds its place until it is gone.
    class Permit {
     public:
        Permit() = default;
        Permit(Permit&& other) noexcept : place_(std::exchange(other.place_, nullptr)) {}
        Permit& operator=(Permit&& other) noexcept {
            std::swap(place_, other.place_);
            return *this;
        }
        ~Permit() {
            if (place_ != nullptr) place_->give_back();
        }

     private:
        friend class Admission;
        explicit Permit(Admission* place) : place_(place) {}

        Admission* place_ = nullptr;
    };

    struct Crowded {};  ///< as many handshakes as may be are in progress

    /// A permit; when to ask again, where the rate is used up; or Crowded: the line is called when a place is free.
    std::variant<Permit, net::TimePoint, Crowded> ask(Kind kind, net::TimePoint now);

    /// Where those of that kind wait: who needs no place does not wait behind those who do.
    WaitingLine& line(Kind kind) { return kind == Kind::handshake ? handshake_line_ : request_line_; }
    std::size_t waiting() const { return handshake_line_.length() + request_line_.length(); }
    unsigned handshakes() const { return handshakes_.load(std::memory_order_relaxed); }

 private:
    PaceLimit rate() const;
    void give_back();

    Pace pace_;
    std::atomic<net::Clock::rep> spacing_{0};  // of the rate; 0: there is none
    std::atomic<unsigned> burst_{1};
    std::atomic<unsigned> most_handshakes_{0};  // 0: any number
    std::atomic<unsigned> handshakes_{0};       // in progress, those without a limit not counted
    WaitingLine handshake_line_;
    WaitingLine request_line_;
};

/// What a client that is not let in is told to wait (RFC 9110, 10.2.3): the time until those `waiting` are through, at
/// least a second, and up to as long again, so that clients do not all come back at once. `random`: any number.
std::chrono::seconds retry_after(const config::Admission& limits, std::size_t waiting, std::uint32_t random);

}  // namespace upstream
