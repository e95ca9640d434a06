// Who looks at a log: gets the last lines first, then every new one.
#pragma once

#include "logtail/log_source.hpp"
#include "logtail/watch.hpp"
#include "websocket/handler.hpp"
#include "websocket/subscribers.hpp"

#include <filesystem>

#include <boost/asio/any_io_executor.hpp>

namespace logtail {

/// One log file, which is followed, and its viewers. Throws std::system_error if its folder is missing.
struct Log {
    Log(boost::asio::any_io_executor executor, const std::filesystem::path& file)
        : source(file), watch(executor, file, source, [this] { viewers.notify(); }) {}

    LogSource source;
    backend::Subscribers viewers;
    Watch watch;
};

/// ws://host/logs?last=N: the last N lines, then every new one. A message is one or more whole lines.
class Viewer final : public backend::WebSocketHandler {
  public:
    /// `log` outlives the viewer.
    explicit Viewer(Log& log) : log_(log) {}

    void prepare() override;
    void open() override;
    void on_message(const backend::Message&) override {}
    void on_drained() override;
    void on_close() override;

  private:
    Log& log_;
    Place place_;
};

}  // namespace logtail
