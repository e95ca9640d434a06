// inotify on the folder, and a look every few seconds.
#include "upstream/discovery/endpoints_file.hpp"

#include "config/endpoint_lines.hpp"

#include <array>
#include <filesystem>
#include <sys/inotify.h>

#include <boost/asio/buffer.hpp>

namespace upstream {

using namespace std::chrono_literals;

namespace {

constexpr net::Duration look_anyway = 5s;

// Many events of one change make one look, and times of files are no finer than this.
constexpr net::Duration settling = 20ms;

bool same(const timespec& left, const timespec& right) {
    return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

}  // namespace

bool EndpointsFile::Version::operator==(const Version& other) const {
    return device == other.device && number == other.number && size == other.size &&
           same(written, other.written) && same(changed, other.changed);
}

EndpointsFile::Version EndpointsFile::version() const {
    struct stat found {};
    if (::stat(path().c_str(), &found) != 0) return {};
    return {found.st_dev, found.st_ino, found.st_size, found.st_mtim, found.st_ctim};
}

EndpointsFile::Look EndpointsFile::look() {
    const Version now = version();
    if (seen_ == now) return {};
    seen_ = now;
    config::EndpointLines lines = config::load_endpoint_lines(path(), settings_);
    Look found{std::move(lines.endpoints), {}};
    for (const config::Diagnostic& diagnostic : lines.diagnostics)
        found.problems.push_back(render(diagnostic));
    return found;
}

void EndpointsFile::watch(const ControlLoop& loop, OnEndpoints on_endpoints) {
    loop_ = &loop;
    on_endpoints_ = std::move(on_endpoints);
    next_.emplace(
        loop.deadlines, [](void* owner) { static_cast<EndpointsFile*>(owner)->look_again(); }, this);
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor >= 0) {
        events_.emplace(loop.executor, descriptor);
        wait();
    }
    look_again();
}

void EndpointsFile::look_again() {
    watch_folder();  // before the look: what happens behind it is an event
    const Look found = look();
    for (const std::string& problem : found.problems) loop_->log(config::LogLevel::error, problem);
    if (!found.problems.empty())
        loop_->log(config::LogLevel::error,
                   "upstream \"" + settings_.name + "\": what was last read of that file stays");
    if (found.endpoints) on_endpoints_(*found.endpoints);
    next_->arm(look_anyway);
}

// Not IN_CREATE and IN_MODIFY: what is still being written is looked at when it is closed. A folder that is
// watched already stays so, and one that has come in the place of another is added.
void EndpointsFile::watch_folder() {
    if (!events_) return;
    const std::string folder = std::filesystem::path(path()).parent_path();
    ::inotify_add_watch(events_->native_handle(), folder.c_str(),
                        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR);
}

void EndpointsFile::wait() {
    // What the events say does not matter.
    const auto buffer = std::make_shared<std::array<char, 4096>>();
    const auto on_events = [watched = weak_from_this(), buffer](net::ErrorCode error, std::size_t /*size*/) {
        const auto self = watched.lock();
        if (error || !self) return;
        self->next_->arm(settling);
        self->wait();
    };
    events_->async_read_some(boost::asio::buffer(*buffer), on_events);
}

}  // namespace upstream
