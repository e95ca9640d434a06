// A file of endpoints that is read again whenever it changes.
#pragma once

#include "upstream/discovery/control_loop.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace upstream {

/// nginx has no such thing; see `endpoints_file`. Its folder is watched by inotify, so that a file put in
/// place of another (rename) is seen like one that is written to. Every few seconds it is looked at all the
/// same, for what inotify cannot see: a folder that comes later, the target of a link, a network file system.
class EndpointsFile : public std::enable_shared_from_this<EndpointsFile> {
  public:
    /// The file named by the settings of a pool.
    explicit EndpointsFile(config::Upstream settings) : settings_(std::move(settings)) {}
    EndpointsFile(const EndpointsFile&) = delete;
    EndpointsFile& operator=(const EndpointsFile&) = delete;

    const std::string& path() const { return settings_.endpoints_file; }

    /// What has come of a look at the file.
    struct Look {
        /// Nothing unless it has changed and is right.
        std::optional<std::vector<config::Endpoint>> endpoints;
        /// FILE:LINE:COLUMN and what is wrong there.
        std::vector<std::string> problems;
    };

    /// Reads the file if it has changed since the last look, which covers its coming and its going.
    Look look();

    using OnEndpoints = std::function<void(const std::vector<config::Endpoint>&)>;

    /// Looks whenever something happens in its folder. Problems are logged, and change nothing.
    void watch(const ControlLoop& loop, OnEndpoints on_endpoints);

    /// Looks now.
    void look_again();

  private:
    // What tells one state of a file from another; all zero for none.
    struct Version {
        dev_t device = 0;
        ino_t number = 0;
        off_t size = 0;
        timespec written{};
        timespec changed{};
        bool operator==(const Version& other) const;
    };

    Version version() const;
    void watch_folder();
    void wait();

    config::Upstream settings_;
    std::optional<Version> seen_;
    const ControlLoop* loop_ = nullptr;
    OnEndpoints on_endpoints_;
    std::optional<net::Deadline> next_;
    std::optional<boost::asio::posix::basic_stream_descriptor<net::Executor>> events_;
};

}  // namespace upstream
