// One client tunnel: connect, TLS, upgrade, then messages whose answers are verified one by one.
#pragma once

#include "load/backend_service.hpp"
#include "load/channel.hpp"
#include "load/loop.hpp"
#include "load/websocket.hpp"

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>

namespace load {

class TunnelClient;

/** What is told about tunnels. None of these may destroy the tunnel; begin() may be called again in closed().
 */
class TunnelWatcher {
  public:
    virtual void opened(TunnelClient& tunnel) = 0;
    virtual void answered(TunnelClient& tunnel) = 0;
    virtual void closed(TunnelClient& tunnel) = 0;
    virtual void failed(TunnelClient& tunnel, const std::string& reason) = 0;

  protected:
    ~TunnelWatcher() = default;
};

enum class Comparison { ends, all };

/** What all tunnels of a run have in common. */
struct Plan {
    sockaddr_in target{};
    std::optional<sockaddr_in> backend;  // where the run itself is the backend, in the same loop
    std::uint32_t sources = 1;  // 127.0.0.1 and the addresses after it
    std::string path = "/echo";
    std::size_t sent_size = 64;
    std::size_t answer_size = 64;
    std::uint64_t fixed_tag = 0;  // sent in each message instead of tunnel and sequence number, unless 0
    Comparison comparison = Comparison::ends;
    TlsClient* tls = nullptr;
};

/** What all tunnels of a run use, one at a time. */
struct Workshop {
    explicit Workshop(const Plan& chosen)
        : plan(chosen),
          frame(plan.sent_size),
          answer(payload_of(plan.answer_size)),
          buffer(256 * 1024, '\0') {
        if (plan.backend) backend.emplace(loop, *plan.backend);
    }

    Plan plan;
    Loop loop;
    std::optional<BackendService> backend;
    ClientFrame frame;
    std::string answer;
    std::string buffer;
    std::uint32_t connections = 0;
};

class TunnelClient final : public Watched {
  public:
    TunnelClient(Workshop& workshop, TunnelWatcher& watcher, std::uint32_t number)
        : shop_(workshop), watcher_(watcher), number_(number) {}

    /** Opens the tunnel, or opens it again after it was closed. */
    void begin();
    /** Sends one more message as soon as the socket takes it. */
    void send();
    /** Sends Close; closed() follows when the other side has answered it and ended the connection. */
    void say_goodbye();

    [[nodiscard]] bool is_open() const { return stage_ == Stage::open; }
    [[nodiscard]] bool resumed() const { return channel_.resumed(); }
    /** Answers verified since begin(). */
    [[nodiscard]] std::uint64_t answers() const { return answered_; }
    [[nodiscard]] std::uint32_t number() const { return number_; }

    void on_event(std::uint32_t events) override;

  private:
    enum class Stage { idle, connecting, securing, upgrading, open, leaving, left };

    void advance();
    void secure();
    void ask_for_upgrade();
    void flush();
    void receive();
    void take(std::string_view input);
    void take_head(std::string_view& input);
    void take_frames(std::string_view& input);
    void take_payload(std::string_view bytes);
    void wait_for(std::uint32_t events);
    void fail(const std::string& reason);
    [[nodiscard]] std::uint64_t tag_of_answer() const;
    std::string_view outgoing();

    Workshop& shop_;
    TunnelWatcher& watcher_;
    std::uint32_t number_;
    Stage stage_ = Stage::idle;
    Channel channel_;
    std::uint32_t events_ = 0;
    std::string text_;  // the handshake or Close being sent, or the answer's head as it comes
    std::uint64_t asked_ = 0, sent_ = 0, answered_ = 0;
    std::size_t offset_ = 0;  // within what is being sent
    FrameHeader header_;
    bool in_payload_ = false;
    std::size_t position_ = 0;
    std::uint64_t seen_tag_ = 0;
};

}  // namespace load
