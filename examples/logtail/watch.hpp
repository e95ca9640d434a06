// Tells when a log file may have changed: its content, or what its name means. On inotify(7).
#pragma once

#include "logtail/log_source.hpp"

#include <array>
#include <filesystem>
#include <functional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace logtail {

class Watch {
  public:
    /// Calls `changed` on the event loop, after source.look(). The folder of `file` must exist: throws
    /// std::system_error otherwise. `source` outlives the watch.
    Watch(boost::asio::any_io_executor executor, const std::filesystem::path& file, LogSource& source,
          std::function<void()> changed);

  private:
    void wait();
    void look();

    LogSource& source_;
    std::function<void()> changed_;
    boost::asio::posix::stream_descriptor events_;
    std::array<char, 4096> ignored_{};  ///< which event it was does not matter: look() finds out
    std::uint64_t generation_ = 0;
    int file_watch_ = -1;
};

}  // namespace logtail
