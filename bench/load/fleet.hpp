// A number of tunnels that are opened together, kept, and closed together.
#pragma once

#include "load/console.hpp"
#include "load/tunnel_client.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace load {

class Fleet final : public TunnelWatcher {
  public:
    Fleet(Workshop& workshop, std::uint32_t size);

    /** Opens every tunnel, a few at a time; each sends one message, and its answers are waited for. */
    void open();
    /** Serves events until `done`; when no answer comes for ten seconds the run counts an error and ends. */
    void run_until(const std::function<bool()>& done);

    /** Called for each verified answer, once the fleet is open. */
    std::function<void(TunnelClient&)> on_answer;

    template <typename Action>
    void for_each_open(Action action) {
        for (auto& tunnel : tunnels_)
            if (tunnel.is_open()) action(tunnel);
    }
    TunnelClient& tunnel(std::size_t index) { return tunnels_[index]; }
    [[nodiscard]] std::size_t size() const { return tunnels_.size(); }

    /** Answers expected and not yet seen; whoever calls TunnelClient::send() adds to it. */
    std::uint64_t awaited = 0;
    /** Answers to one message: more than one when a message asks for a stream. */
    std::uint64_t answers_per_message = 1;
    [[nodiscard]] Errors& errors() { return errors_; }

  private:
    void opened(TunnelClient& tunnel) override;
    void answered(TunnelClient& tunnel) override;
    void closed(TunnelClient& tunnel) override;
    void failed(TunnelClient& tunnel, const std::string& reason) override;

    Workshop& shop_;
    std::deque<TunnelClient> tunnels_;
    std::uint32_t ready_ = 0;
    std::uint64_t heard_ = 0;
    bool opening_ = true;
    Errors errors_;
};

}  // namespace load
