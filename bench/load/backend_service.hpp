// Answers upgrades with an echo or a stream of frames, and GET /1k with 1 KiB.
#pragma once

#include "load/loop.hpp"

#include <cstdint>
#include <memory>
#include <netinet/in.h>

namespace load {

/** `flip` spoils the last byte of each echoed piece: the load must notice. */
enum class Fault { none, flip };

class BackendService final : public Watched {
  public:
    /** Listens at `address` and serves in `loop`, which outlives it and is not run after it. Throws std::system_error. */
    BackendService(Loop& loop, const sockaddr_in& address, Fault fault = Fault::none);
    ~BackendService();
    BackendService(const BackendService&) = delete;
    BackendService& operator=(const BackendService&) = delete;

    void on_event(std::uint32_t events) override;

  private:
    struct Shared;
    class Connection;

    std::unique_ptr<Shared> shared_;
    int listener_;
};

}  // namespace load
