// Streams a large monitoring history to every viewer, with progress, and then each new point.
#include "trend/downsample.hpp"
#include "trend/frame.hpp"
#include "trend/monitor.hpp"
#include "websocket/program.hpp"

#include <algorithm>

namespace {

constexpr std::size_t chunk = 4096;  // points in one message: 48 KiB

/// ws://host/trend?points=N: the history in at most N points (without N: all of it), then the live ones.
class Viewer final : public backend::WebSocketHandler {
  public:
    explicit Viewer(trend::Monitor& monitor) : monitor_(monitor), history_(monitor.history()) {}

    void prepare() override {
        const auto all = history_.samples().size();
        points_ = get_number("points", all, all);
    }

    void open() override {
        live_from_ = next_ = history_.end();
        if (points_ == history_.samples().size()) {
            next_ = history_.begin();
            total_ = points_;
        } else {
            shape_ = trend::downsample(history_.samples(), points_);
            total_ = shape_.size();
        }
        monitor_.viewers().add(*this);
        on_drained();
    }

    void on_message(const backend::Message&) override {}

    /// One message is under way at a time: what a viewer has not fetched yet waits in the history.
    void on_drained() override {
        if (!shape_.empty()) return send_shape();
        next_ = std::max(next_, history_.begin());  // the oldest points may have given way meanwhile
        if (next_ < live_from_) return send_numbered(trend::FrameKind::history, live_from_);
        if (next_ < history_.end()) send_numbered(trend::FrameKind::live, history_.end());
    }

    void on_close() override { monitor_.viewers().remove(*this); }

  private:
    void send_shape() {
        const auto count = std::min(chunk, shape_.size() - shape_sent_);
        const auto piece = std::span(shape_).subspan(shape_sent_, count);
        shape_sent_ += count;
        send(trend::FrameKind::history, shape_sent_, piece);
        if (shape_sent_ == shape_.size()) shape_ = {};
    }

    void send_numbered(trend::FrameKind kind, std::uint64_t end) {
        std::vector<trend::Sample> piece;
        for (; next_ < end && piece.size() < chunk; ++next_) piece.push_back(history_[next_]);
        const auto missing = live_from_ - std::min(next_, live_from_);
        send(kind, total_ - missing, piece);
    }

    void send(trend::FrameKind kind, std::uint64_t sent, std::span<const trend::Sample> piece) {
        const trend::Progress progress{static_cast<std::uint32_t>(sent), static_cast<std::uint32_t>(total_)};
        write_message({trend::encode_frame(kind, progress, piece), backend::MessageKind::binary});
    }

    trend::Monitor& monitor_;
    const trend::History& history_;
    std::size_t points_ = 0;
    std::uint64_t next_ = 0;       ///< the number of the next point that is sent as it is
    std::uint64_t live_from_ = 0;  ///< where the history ended when the viewer came
    std::uint64_t total_ = 0;
    std::vector<trend::Sample> shape_;  ///< the downsampled history, until it is sent
    std::size_t shape_sent_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    backend::Program program("Streams a monitoring history to the viewers at /trend?points=N",
                             backend::Compression::off);
    trend::Settings settings;
    auto& flags = program.flags();
    flags.add_option("--history", settings.file, "Load this file of SECONDS,VALUE lines instead of a model");
    flags.add_option("--points", settings.points, "Points kept, and made by the model at the start")
        ->check(CLI::Range(std::size_t{2}, std::size_t{20'000'000}))
        ->capture_default_str();
    flags.add_option("--seed", settings.seed, "Seed of the model")->capture_default_str();
    flags.add_option("--interval", settings.interval, "Seconds between two points")
        ->check(CLI::Range(0.001, 86400.0))
        ->capture_default_str();
    return program.run(argc, argv, [&](boost::asio::io_context& loop, backend::Application& application) {
        auto monitor = std::make_shared<trend::Monitor>(loop, settings);
        application.route<Viewer>("/trend", *monitor);
        return monitor;
    });
}
