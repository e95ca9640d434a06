// Opening, writing and reopening of log files.
#include "proxy/observe/log_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace proxy::observe {

namespace {

net::IoResult<net::Descriptor> open_for_append(const std::string& path) {
    int descriptor = -1;
    if (path == "stderr" || path == "/dev/stderr")
        descriptor = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    else if (path == "stdout" || path == "/dev/stdout")
        descriptor = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    else
        descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return net::ErrorCode(errno, boost::system::system_category());
    return net::Descriptor(descriptor);
}

}  // namespace

LogFile::LogFile(std::string path, net::Descriptor descriptor)
    : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

net::IoResult<std::shared_ptr<LogFile>> LogFile::open(const std::string& path) {
    auto descriptor = open_for_append(path);
    if (!descriptor) return descriptor.error();
    return std::shared_ptr<LogFile>(new LogFile(path, std::move(*descriptor)));
}

net::ErrorCode LogFile::reopen() {
    auto descriptor = open_for_append(path_);
    if (!descriptor) return descriptor.error();
    const std::lock_guard lock(mutex_);
    descriptor_ = std::move(*descriptor);
    return {};
}

void LogFile::give_to(unsigned user, unsigned group) {
    // Only what this process may have made: a terminal, a pipe or a device stays its owner's.
    if (!path_.starts_with("/dev/") && path_ != "stderr" && path_ != "stdout" &&
        ::fchown(descriptor_.get(), user, group) != 0)
        write_line("cannot change the owner of " + path_);
}

void LogFile::write(const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t count = ::write(descriptor_.get(), data, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;  // a full disk must not stop the proxy, and there is nowhere to tell it
        data += count;
        size -= static_cast<std::size_t>(count);
    }
}

void LogFile::write_line(std::string_view line) {
    std::string text(line);
    text += '\n';
    const std::lock_guard lock(mutex_);
    write(text.data(), text.size());
}

void LogFile::sink_it_(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    write(text.data(), text.size());
}

net::IoResult<std::shared_ptr<LogFile>> LogFiles::open(const std::string& path) {
    const auto known = files_.find(path);
    if (known != files_.end()) return known->second;
    auto file = LogFile::open(path);
    if (file) files_.emplace(path, *file);
    return file;
}

void LogFiles::forget_unused() {
    std::erase_if(files_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

}  // namespace proxy::observe
