// One level-triggered epoll set and the interface of what stands in it.
#pragma once

#include <cstdint>

namespace load {

/** Something with a descriptor in the set. It may remove and destroy itself inside on_event(), but no other
 * one. */
class Watched {
  public:
    virtual void on_event(std::uint32_t events) = 0;

  protected:
    ~Watched() = default;
};

class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void add(int descriptor, std::uint32_t events, Watched& watched);
    void change(int descriptor, std::uint32_t events, Watched& watched);
    void remove(int descriptor);

    /** Waits for at most `nanoseconds` (negative: for ever) and serves one batch of events; returns their
     * number. */
    int run_once(std::int64_t nanoseconds);

  private:
    int epoll_;
};

/** Nanoseconds of the monotonic clock. */
std::int64_t now();

constexpr std::int64_t second = 1'000'000'000;

}  // namespace load
