// Follows a log file like `tail -F` and sends its lines to every viewer.
#include "logtail/log_source.hpp"
#include "logtail/log_text.hpp"
#include "logtail/watch.hpp"
#include "websocket/program.hpp"
#include "websocket/subscribers.hpp"

namespace {

constexpr std::size_t default_lines = 100;
constexpr std::size_t most_lines = 10'000;
constexpr std::size_t replay_bytes = 4 * 1024 * 1024;  // how far back ?last= may reach
constexpr std::size_t message_bytes = 64 * 1024;

struct Log {
    Log(boost::asio::io_context& loop, const std::string& file)
        : source(file), watch(loop.get_executor(), file, source, [this] { viewers.notify(); }) {}

    logtail::LogSource source;
    backend::Subscribers viewers;
    logtail::Watch watch;
};

/// ws://host/logs?last=N: the last N lines, then every new one. A message is one or more whole lines.
class Viewer final : public backend::WebSocketHandler {
  public:
    explicit Viewer(Log& log) : log_(log) {}

    // The place is taken before the handshake is answered: who has seen the 101 gets every line from then on.
    void prepare() override {
        place_ = log_.source.tail(get_number("last", default_lines, most_lines), replay_bytes);
    }

    void open() override {
        log_.viewers.add(*this);
        on_drained();
    }

    void on_message(const backend::Message&) override {}

    /// One message is under way at a time; the lines behind it wait in the file.
    void on_drained() override {
        const auto lines = log_.source.read(place_, message_bytes);
        if (!lines) {
            close(backend::close_code::try_again_later, "too many rotations behind");
        } else if (!lines->empty()) {
            write_message(logtail::as_message(*lines));
        }
    }

    void on_close() override { log_.viewers.remove(*this); }

  private:
    Log& log_;
    logtail::Place place_;
};

}  // namespace

int main(int argc, char** argv) {
    backend::Program program("Sends the lines of a log file to the viewers at /logs?last=N",
                             backend::Compression::permessage_deflate);
    std::string file;
    program.flags().add_option("--log", file, "The log file to follow; it may come later")->required();
    return program.run(argc, argv, [&](boost::asio::io_context& loop, backend::Application& application) {
        auto log = std::make_shared<Log>(loop, file);
        application.route<Viewer>("/logs", *log);
        return log;
    });
}
