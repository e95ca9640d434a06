// Watches the folder for the name, and the open file for its content.
#include "logtail/watch.hpp"

#include <iostream>
#include <sys/inotify.h>
#include <system_error>

#include <boost/asio/buffer.hpp>

namespace logtail {

Watch::Watch(boost::asio::any_io_executor executor, const std::filesystem::path& file, LogSource& source,
             std::function<void()> changed)
    : source_(source), changed_(std::move(changed)), events_(executor) {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "inotify");
    events_.assign(descriptor);
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (::inotify_add_watch(descriptor, folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
        throw std::system_error(errno, std::generic_category(), folder.string());
    }
    look();
    wait();
}

void Watch::wait() {
    events_.async_read_some(boost::asio::buffer(ignored_), [this](auto error, std::size_t) {
        if (error) return;
        try {
            look();
        } catch (const std::system_error& problem) {
            std::cerr << problem.what() << '\n';  // not readable yet, perhaps: the next event looks again
        }
        changed_();
        wait();
    });
}

void Watch::look() {
    const auto generation = source_.look();
    if (generation == generation_) return;
    generation_ = generation;
    // By way of the descriptor, since the name may mean the next file already.
    const std::string opened = "/proc/self/fd/" + std::to_string(source_.descriptor());
    const int fresh = ::inotify_add_watch(events_.native_handle(), opened.c_str(), IN_MODIFY);
    if (fresh < 0) throw std::system_error(errno, std::generic_category(), "inotify");
    if (file_watch_ >= 0 && file_watch_ != fresh) ::inotify_rm_watch(events_.native_handle(), file_watch_);
    file_watch_ = fresh;
    source_.look();  // it may have been truncated between being opened and being watched
}

}  // namespace logtail
